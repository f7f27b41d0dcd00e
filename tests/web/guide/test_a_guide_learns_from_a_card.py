"""HQ writes a card, publishes it; a guide reads it, answers on a plain form, sees what was right; stores are compared."""

from __future__ import annotations

from io import BytesIO

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.domain.notices.models import Notice
from app.domain.training.models import TrainingCard, TrainingResult
from app.web.shared.application import Application
from app.web.shared.simple_markup import marked_up
from tests.builders.people import a_colleague
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop
from tests.builders.signed_in import console

FORM = {"title": "轮子怎么修", "body": "## 保修\n两年内<script>免费</script>。\n- **寄回**就好", "audience": "all", "org_unit_id": "", "pass_mark": "1",
        "question-1": "轮子卡住？", "option-1-1": "自己拆", "option-1-2": "寄回保修", "right-1": "2", "why-1": "两年内免费。"}


def headquarters(app: Application, shop: Shop, role: str = "operations") -> FlaskClient:
    colleague = a_colleague(shop.session, role, shop.store if role == "store_manager" else None)
    shop.session.commit()
    return console(app, colleague.login)


def published(app: Application, shop: Shop, **changes: object) -> TrainingCard:
    desk = headquarters(app, shop)
    answer = desk.post("/console/training/new", data={**FORM, **changes}, headers=ZH)
    assert answer.status_code == 303, answer.text
    assert desk.post(f"{answer.location}/publish").status_code == 303
    shop.session.rollback()
    return shop.session.scalars(select(TrainingCard).order_by(TrainingCard.id.desc())).first()  # type: ignore[return-value]


def test_from_the_desk_to_the_phone_and_back(app: Application, lin: FlaskClient, shop: Shop) -> None:
    card = published(app, shop)
    address = f"/guide/training/{card.id}"
    page = lin.get(address, headers=ZH).text
    assert "<h3>保修</h3>" in page and "<strong>寄回</strong>就好" in page and "<script>免费" not in page
    assert "正确答案" not in page and "两年内免费。" not in page, "nothing is told before she tried"
    assert "正确答案" not in lin.get(f"{address}?said=0", headers=ZH).text
    assert "1 张培训卡没学" in lin.get("/guide/", headers=ZH).text
    wrong = lin.post(address, data={"answer-0": "0"}, headers=ZH)
    assert wrong.status_code == 303
    told = lin.get(wrong.location.partition("#")[0], headers=ZH).text
    assert "答对 0 题，要 1 题才通过" in told and "两年内免费。" in told and "正确答案" in told
    lin.post(address, data={"answer-0": "1"}, headers=ZH)
    assert "轮子怎么修" in lin.get("/guide/training?passed=1", headers=ZH).text
    assert "培训卡没学" not in lin.get("/guide/", headers=ZH).text
    result = shop.session.scalars(select(TrainingResult)).one()
    assert (result.attempts, result.score, result.asked) == (2, 1, 1)
    told = headquarters(app, shop, "store_manager").get(f"/console/training/{card.id}", headers=ZH).text
    assert "1 / 2" in told and "50%" in told


def test_whom_it_is_for_is_told_once(app: Application, shop: Shop) -> None:
    """Lin and He are told; paused and published again nobody is told twice; the notice leads to the card."""
    card = published(app, shop)
    desk = headquarters(app, shop)
    desk.post(f"/console/training/{card.id}/pause")
    desk.post(f"/console/training/{card.id}/publish")
    shop.session.rollback()
    told = shop.session.scalars(select(Notice).where(Notice.kind == "training")).all()
    assert sorted(str(one.account_id) for one in told) == sorted(str(guide.account_id) for guide in (shop.lin, shop.he))
    lin = signed_in_guide(app.test_client(), shop.lin)
    assert "“轮子怎么修”" in lin.get("/guide/notices", headers=ZH).text
    mine = next(one for one in told if one.account_id == shop.lin.account_id)
    opened = lin.post(f"/guide/notices/{mine.id}")
    assert opened.status_code == 303 and opened.location.endswith(f"/guide/training/{card.id}")


def test_an_answer_that_is_none_is_no_try(app: Application, lin: FlaskClient, shop: Shop) -> None:
    card = published(app, shop)
    for typed in ({}, {"answer-0": "9"}, {"answer-0": "٣"}, {"answer-0": "-1"}, {"answer-0": "1" * 500}):
        answer = lin.post(f"/guide/training/{card.id}", data=typed, headers=ZH)
        assert answer.status_code == 422 and "还有题没答" in answer.text
    assert shop.session.scalar(select(TrainingResult.id)) is None
    lin.post(f"/guide/training/{card.id}", data={"answer-0": "0"})
    for said in ("", "x", "0-0-0-0-0-0", "9", "%F0%9F%A6%8A"):
        assert lin.get(f"/guide/training/{card.id}?said={said}", headers=ZH).status_code == 200, said


def test_what_is_wrong_stands_at_its_question_and_nothing_is_lost(app: Application, shop: Shop) -> None:
    desk = headquarters(app, shop)
    answer = desk.post("/console/training/new", data={**FORM, "right-1": ""}, headers=ZH)
    assert answer.status_code == 422 and 'id="question-1-err"' in answer.text and 'value="寄回保修"' in answer.text
    for changes in ({"pass_mark": "x"}, {"pass_mark": "9" * 40}, {"org_unit_id": "x"}, {"audience": ""}, {"title": ""}, {"right-1": "7"}):
        assert desk.post("/console/training/new", data={**FORM, **changes}, headers=ZH).status_code in (404, 422), changes
    nobody = desk.post("/console/training/new", data={**FORM, "picture": (BytesIO(b"no picture"), "a.png")}, headers=ZH)
    assert nobody.status_code == 422 and 'id="picture-err"' in nobody.text


def test_a_picture_is_ours_and_goes_when_asked(app: Application, shop: Shop) -> None:
    file = BytesIO()
    Image.new("RGB", (400, 300), "#1f3d36").save(file, "PNG")
    card = published(app, shop, picture=(BytesIO(file.getvalue()), "a.png"))
    assert app.test_client().get(f"/media/{card.picture_key}-m.webp").mimetype == "image/webp"
    desk = headquarters(app, shop)
    desk.post(f"/console/training/{card.id}/edit", data=FORM)
    shop.session.refresh(card)
    assert card.picture_key, "no new picture leaves the old one"
    desk.post(f"/console/training/{card.id}/edit", data={**FORM, "no_picture": "1"})
    shop.session.refresh(card)
    assert card.picture_key == ""


def test_a_store_reads_and_does_not_write(app: Application, shop: Shop) -> None:
    card = published(app, shop)
    store = headquarters(app, shop, "store_manager")
    assert store.get("/console/training", headers=ZH).status_code == 200
    assert "新建培训卡" not in store.get("/console/training", headers=ZH).text
    for path in ("/console/training/new", f"/console/training/{card.id}/edit"):
        assert store.get(path).status_code == 404
        assert store.post(path, data=FORM).status_code == 404
    for doing in ("publish", "pause"):
        assert store.post(f"/console/training/{card.id}/{doing}").status_code == 404


def test_paused_is_gone_from_the_phone(app: Application, client: FlaskClient, shop: Shop) -> None:
    card = published(app, shop)
    headquarters(app, shop).post(f"/console/training/{card.id}/pause")
    phone = signed_in_guide(client, shop.lin)
    assert phone.get(f"/guide/training/{card.id}").status_code == 404
    assert phone.post(f"/guide/training/{card.id}", data={"answer-0": "1"}).status_code == 404


def test_nothing_typed_becomes_markup() -> None:
    shown = marked_up('<img src=x onerror=alert(1)>\n\n## **a** <b>\n- <i>\n- "x"\n- ** **\n[a](javascript:alert(1))')
    assert "<img" not in shown and "<b>" not in shown and "<i>" not in shown and "href" not in shown
    assert shown.count("<li>") == 3 and "<h3><strong>a</strong> &lt;b&gt;</h3>" in shown
