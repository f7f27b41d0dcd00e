"""Tasks and training in the story: headquarters writes them, the clock hands them out, guides do them or do not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.tasks.actions import add_template, hand_in
from app.domain.tasks.models import Task, TaskAssignment, TaskTemplate
from app.domain.tasks.rules import Terms
from app.domain.training.actions import add_card, try_card
from app.domain.training.models import TrainingCard
from app.flows.publish_training import publish_training
from app.flows.work_tasks import work_tasks
from app.kernel.clock import local_day
from demo.brand import TIMEZONE
from demo.scene import Scene

TASKS: dict[str, dict[str, Any]] = {
    "发一条自己的链接": {
        "kind": "share", "what": "发到你最活跃的群或朋友圈，有人打开就自动记为完成。"},
    "午间话术": {
        "kind": "script", "morning": False, "noon": True, "audience": "staff", "noon_script": "午休逛逛：秋冬清仓这几款今天还有货，喜欢哪个颜色我帮你留。{link}",
        "what": "12:30 到 14:30 群里最热闹，复制发送后点完成。", "hours": 10},
    "回访三位老客": {
        "kind": "follow_up", "schedule": "once", "evidence": "text", "hours": 72, "what": "从“该联系谁”里挑三位，写一句结果。"},
    "橱窗换秋冬款": {
        "kind": "visit", "schedule": "once", "evidence": "text", "hours": 72, "unit": "SH01", "what": "左窗前开盖，右窗清仓两款，换好写一句。"},
}
"""By title, as `Terms` has them; `unit` is a unit's code."""
CARDS: dict[str, dict[str, Any]] = {
    "前开盖登机箱，三句话讲明白": {
        "body": "一、不用摊开整个箱子，站着就能拿电脑和充电器。\n二、前仓独立拉链，安检时只开前仓。\n三、20 寸国内航班都能登机。\n\n顾客最常问：前仓放了电脑会不会重心不稳？"
                "答：电脑仓贴着拉杆，箱子立得住。",
        "questions": [
            {"text": "前开盖最适合谁？", "options": ["经常拿电脑的出差客", "只托运的家庭", "背包客"], "right": 0, "why": "站着就能取电脑，是它和普通箱最大的不同。"},
            {"text": "20 寸能登机吗？", "options": ["国内航班都能", "只能托运"], "right": 0, "why": "外形尺寸在各航司登机箱限制以内。"},
            {"text": "电脑放前仓会翻吗？", "options": ["会，不建议放", "不会，电脑仓贴着拉杆"], "right": 1, "why": "重心靠近拉杆一侧。"}],
        "pass_mark": 2},
    "七天无理由怎么讲": {
        "body": "没剪吊牌、没使用痕迹，签收七天内都能退。\n门店专享刻字款除外：刻了字不能退。\n退货后佣金会按比例扣回，到账的不会少给。",
        "questions": [
            {"text": "刻字行李牌能七天无理由吗？", "options": ["能", "不能"], "right": 1, "why": "定制商品不适用。"},
            {"text": "顾客退一半，佣金怎么算？", "options": ["全部扣回", "按退的比例扣回"], "right": 1, "why": "只扣退掉的那部分。"}],
        "pass_mark": 2},
    "分销员第一课：怎么介绍自己": {"body": "先说你是谁、在哪家店拿货，再发链接。\n不承诺最低价，不说“最好”“第一”。", "audience": "affiliate"},
}


def _set_task(scene: Scene) -> None:
    """'title': from today on."""
    said = dict(TASKS[scene.what])
    today, code = local_day(scene.now, TIMEZONE), said.pop("unit", None)
    unit = scene.session.scalars(select(OrgUnit).where(OrgUnit.code == code)).one() if code else None
    add_template(scene.session, brand_id=scene.brand_id, terms=Terms(title=scene.what, from_day=today, org_unit_id=unit.id if unit else None, **said),
                 within=unit.path if unit else None, today=today)


def _work(scene: Scene) -> None:
    """As the worker does every few minutes."""
    work_tasks(scene.session, brand_id=scene.brand_id, now=scene.now)


def _do(scene: Scene) -> None:
    """'title | evidence': she does the last task of this title."""
    title, words = scene.what.split(" | ")
    open_ = scene.session.execute(
        select(TaskAssignment.id, TaskAssignment.guide_id).join(TaskAssignment.task).join(Task.template).join(TaskAssignment.guide)
        .where(TaskTemplate.title == title, TaskAssignment.state == "open", Guide.employee_no == scene.who).order_by(Task.day.desc()).limit(1)).one()
    hand_in(scene.session, brand_id=scene.brand_id, guide_id=open_.guide_id, assignment_id=open_.id, text=words, picture_key="", now=scene.now)


def _most_do(scene: Scene) -> None:
    """'title': of whoever has it open, two in three do it."""
    open_ = scene.session.execute(
        select(TaskAssignment.id, TaskAssignment.guide_id, Guide.employee_no).join(TaskAssignment.task).join(Task.template).join(TaskAssignment.guide)
        .where(TaskTemplate.title == scene.what, TaskAssignment.state == "open").order_by(Guide.employee_no)).all()
    for one in open_:
        if int(one.employee_no[2:] or 0) % 3:
            hand_in(scene.session, brand_id=scene.brand_id, guide_id=one.guide_id, assignment_id=one.id, text="", picture_key="",
                    now=scene.now + timedelta(seconds=int(one.employee_no[2:])))


def _teach(scene: Scene) -> None:
    """'title': written and published."""
    card = add_card(scene.session, brand_id=scene.brand_id, title=scene.what, now=scene.now, **CARDS[scene.what])
    publish_training(scene.session, brand_id=scene.brand_id, card_id=card.id, now=scene.now)


def _learn(scene: Scene) -> None:
    """'title | answers': which option of each question, from 0."""
    title, answers = scene.what.split(" | ")
    card = scene.session.scalars(select(TrainingCard).where(TrainingCard.title == title)).one()
    guide = scene.session.scalars(select(Guide).where(Guide.employee_no == scene.who)).one()
    try_card(scene.session, brand_id=scene.brand_id, guide=guide, card_id=card.id, chosen=[int(one) for one in answers.split()], now=scene.now)


def _most_learn(scene: Scene) -> None:
    """'title': of the guides who work, three in four try; one in seven of them is wrong everywhere."""
    card = scene.session.scalars(select(TrainingCard).where(TrainingCard.title == scene.what)).one()
    for guide in scene.session.scalars(select(Guide).where(Guide.status == "active", Guide.employee_no != "").order_by(Guide.employee_no)):
        number = int(guide.employee_no[2:])
        if number % 4 and number != 1001:
            wrong = number % 7 == 0
            try_card(scene.session, brand_id=scene.brand_id, guide=guide, card_id=card.id, now=scene.now + timedelta(seconds=number),
                     chosen=[None if wrong else question["right"] for question in card.questions])


VERBS = {"set_task": _set_task, "work_tasks": _work, "do_task": _do, "most_do": _most_do, "teach": _teach, "learn": _learn,
    "most_learn": _most_learn}
