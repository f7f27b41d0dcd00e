"""The days before a brand sells: it is approved, synced, staffed and given its terms."""

from __future__ import annotations

from PIL import Image

from tests.browser import guiding, headquarters
from tests.browser.conftest import Visit
from tests.browser.filled import an_operator
from tests.browser.headquarters import PASSWORD
from tests.browser.live import Live
from tests.browser.visitor import Visitor

SLUG, OWNER, HOST = "qingxing", "owner@qingxing.example", "flagship.qingxing.example"
STORE, GUIDE, PHONE = "静安嘉里店", "林晓芸", "13900000001"
ROSTER = "姓名,手机号,门店编码,工号\n何敏,13900000002,SH01,G002\n郑书航,13900000003,{code},G003\n"
NOTHING = {"新建": 0, "更新": 0, "未变": 0, "下架": 0, "跳过": 0, "失败": 0, "冲突": 0}


def approve_the_brand(live: Live, visit: Visit, owner: Visitor) -> None:
    operator = an_operator(live)
    owner.open("/console/sign-in")
    owner.press("还没有品牌？申请开通")
    owner.fill(name="青行", slug=SLUG, contact="周衡", email=OWNER, password=PASSWORD, again=PASSWORD)
    owner.press("提交申请")
    owner.press("去登录")
    owner.fill(login=OWNER, password=PASSWORD)
    with owner.refused(422):
        owner.press("登录")
    owner.sees("正在审核")
    platform = visit("desk")
    headquarters.sign_in(platform, "platform", operator)
    platform.press("青行")
    platform.confirm("通过", "开通品牌")
    headquarters.sign_in(owner, "console", OWNER)
    owner.sees("上线清单", "资质已过审", "接入旗舰店")


def sync_the_flagship(live: Live, owner: Visitor) -> None:
    folder = live.app.settings.mirror
    assert folder
    (folder / HOST).mkdir()
    for name in ("CASE", "COVER"):
        Image.new("RGB", (640, 800), "#8199af").save(folder / HOST / f"{name}.png")
    with live.worker.held_back():
        headquarters.connect_and_preview(owner, headquarters.feed(HOST))
        owner.sees("排队中", "关掉页面也会继续")
        run = owner.page.url
        owner.open("/console/")
    owner.open(run)
    headquarters.wait_for_run(owner, "已比对，尚未写入")
    assert headquarters.outcomes(owner) == {**NOTHING, "新建": 5, "失败": 1}
    owner.press("写入 5 项变更")
    headquarters.wait_for_run(owner, "完成，有待处理项")
    assert headquarters.outcomes(owner) == {**NOTHING, "新建": 5, "失败": 1}
    owner.press("再同步一次")
    headquarters.wait_for_run(owner, "没有要写的，有待处理项")
    assert headquarters.outcomes(owner) == {**NOTHING, "未变": 5, "失败": 1}
    headquarters.add_offline_product(owner)
    owner.open("/console/")
    owner.sees("首次同步 6 项")


def open_a_store_and_enrol(owner: Visitor, guide: Visitor) -> None:
    headquarters.add_unit(owner, "region", "华东大区", "EAST")
    headquarters.add_unit(owner, "store", STORE, "SH01", parent="华东大区")
    headquarters.upload_roster(owner, ROSTER.format(code="SH99"))
    owner.sees("1 行有问题，什么都没有写入", "SH99")
    assert owner.page.locator("section", has_text="有问题的行").locator("tbody td").first.inner_text() == "3"
    headquarters.upload_roster(owner, ROSTER.format(code="SH01"))
    owner.press("写入 2 人")
    owner.sees("新增 2 人", "何敏", "郑书航")
    guiding.join(guide, headquarters.invite(owner, STORE), GUIDE, PHONE)
    owner.open("/console/guides/waiting")
    owner.press("通过")
    guide.press("看看通过了没有")
    guiding.leave(guide)
    headquarters.sign_in(guide, "guide", PHONE)
    guide.sees(GUIDE, STORE)


def set_terms(owner: Visitor) -> None:
    """10 % for everything, 8 % for the cover, 12 % for our guide; 5 % for the store; 1 % is the platform's."""
    headquarters.add_rule(owner, "10")
    headquarters.add_rule(owner, "8", sku="COVER-20")
    headquarters.add_rule(owner, "12", guide=GUIDE)
    with owner.refused(422):
        headquarters.add_store_split(owner, STORE, "95")
    owner.sees("这样保存不了")
    headquarters.add_store_split(owner, STORE, "5")
    owner.sees("S-1", "门店")
