"""The brand opens: it applies and is approved, sets itself up, builds its organisation and imports its roster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from sqlalchemy import select

from app.domain.brands.actions import change_settings
from app.domain.brands.logo import logo_webp
from app.domain.brands.models import Brand, Operator
from app.domain.catalog.pictures import picture_key, sized_webps
from app.domain.guides.actions import set_guide_password
from app.domain.guides.models import Guide
from app.domain.ledger.models import Payee
from app.domain.orgs.actions import add_org_unit
from app.domain.orgs.models import OrgUnit
from app.domain.people.actions import invite_account, set_password
from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.domain.settlement.bank_details import set_bank_details, verify_bank_details
from app.extensions import Database
from app.flows.import_roster import import_roster
from app.flows.judge_brand import approve_brand
from app.flows.open_brand import open_brand
from app.gateways.tables import read_table
from app.kernel.files import Files
from app.kernel.tenancy import BrandSession
from demo.brand import NAME, NAME_EN, OPERATOR, SETTINGS, Calendar
from demo.colleagues import act_for
from demo.orgs import UNITS
from demo.people import HEADQUARTERS, ROSTER
from demo.story import FINANCE, SECOND

BANKED = {"D-SUZHOU": ("招商银行", "6222020200046688"), "D-CHENGDU": ("中国建设银行", "6217000010098135")}
"""Entered by one, verified by another. The mall has not handed in its details yet: the payout run leaves it out and says so."""
BANKED_GUIDES = {"FW1039": ("中国工商银行", "6212260200173906"), "FW1040": ("中国农业银行", "6228480039912754")}
Draw = Callable[[str], bytes]


def ensure_operator(database: Database, *, password_hash: str) -> None:
    email, name = OPERATOR
    with database.transaction(operator=True) as session:
        if session.scalar(select(Operator.id).where(Operator.email == email)) is None:
            session.add(Operator(email=email, name=name, password_hash=password_hash))


def ensure_brand(database: Database, *, slug: str, password_hash: str, now: datetime) -> Brand:
    """The owner applies on the morning of day 0, an hour later the operator says yes."""
    with database.transaction() as session:
        known = session.scalar(select(Brand).where(Brand.slug == slug))
    if known is not None:
        return known
    calendar, owner = Calendar.ending(now), HEADQUARTERS[0]
    with database.transaction(operator=True) as session:
        act_as(session, Actor("account", "", owner.name))
        brand = open_brand(session, slug=slug, name=NAME, owner_login=owner.email, owner_name=owner.name, owner_password_hash=password_hash,
                           status="pending", now=calendar.moment(0, time(9)))
        brand.name_en, brand.contact_phone = NAME_EN, "021-55500101"
        act_as(session, Actor("operator", OPERATOR[0], OPERATOR[1]))
        approve_brand(session, brand_id=brand.id, now=calendar.moment(0, time(10)))
    return brand


def set_up(session: BrandSession, *, brand_id: int, files: Files, logo: bytes | None, password_hash: str, now: datetime) -> None:
    """Settings, mark, units with their payees, colleagues; once."""
    if session.scalar(select(OrgUnit.id).limit(1)):
        return
    act_for(session, HEADQUARTERS[0].email)
    change_settings(session, brand_id=brand_id, **SETTINGS)
    if logo:
        change_settings(session, brand_id=brand_id, logo_key=_keep_picture(files, brand_id, logo_webp(logo)))
    units = _add_units(session, brand_id)
    for person in HEADQUARTERS[1:]:
        unit = units[person.unit] if person.unit else None
        account = invite_account(session, brand_id=brand_id, login=person.email, name=person.name, role=person.role,
                                 org_unit_id=unit.id if unit else None, unit_kind=unit.kind if unit else None)
        set_password(session, account=account, password_hash=password_hash)
    for code, details in BANKED.items():
        _take_bank(session, session.get_one(Payee, (brand_id, units[code].payee_id)), *details, now)


def take_on_guides(session: BrandSession, *, brand_id: int, files: Files, portrait: Draw | None, password_hash: str, now: datetime) -> None:
    """The roster file, imported as the console does it; then passwords, portraits and words, as each guide would."""
    if session.scalar(select(Guide.id).limit(1)):
        return
    act_for(session, "ops@farway.example")
    result = import_roster(session, brand_id=brand_id, rows=read_table(ROSTER.read_bytes()), now=now)
    assert result.applied and not result.errors, result.errors
    for place, guide in enumerate(session.scalars(select(Guide).order_by(Guide.employee_no)).all()):
        set_guide_password(session, brand_id=brand_id, guide_id=guide.id, password_hash=password_hash)
        guide.words = WORDS[place % len(WORDS)]
        guide.working_since = (now - timedelta(days=200 + 37 * ((place * 29) % 61))).date()
        if portrait:
            guide.avatar_key = _keep_picture(files, brand_id, portrait(guide.name))
    for number, details in BANKED_GUIDES.items():
        _take_bank(session, session.scalars(select(Guide).where(Guide.employee_no == number)).one().payee, *details, now)


WORDS = (
    "每周三到周日在店，尺寸拿不准发我行程就行。",
    "登机箱、托运箱我都拉着走过一遍，问我轮子。",
    "出差三天带多大的箱子？告诉我你装什么。",
    "箱子保养、换轮子也可以找我。",
    "到店报我名字，帮你把颜色都摆出来看。",
    "学生、亲子出行的搭配我最熟。",
)


def _add_units(session: BrandSession, brand_id: int) -> dict[str, OrgUnit]:
    units: dict[str, OrgUnit] = {}
    for unit in UNITS:
        parent = units[unit.parent].id if unit.parent else None
        units[unit.code] = add_org_unit(session, brand_id=brand_id, kind=unit.kind, name=unit.name, code=unit.code, parent_id=parent,
                                        city=unit.city, address=unit.address, phone=unit.phone)
    return units


def _take_bank(session: BrandSession, payee: Payee, bank: str, number: str, now: datetime) -> None:
    """One of finance enters them, the other verifies them."""
    act_for(session, FINANCE)
    set_bank_details(session, brand_id=payee.brand_id, payee_id=payee.id, holder=payee.name, bank=bank, account=number)
    act_for(session, SECOND)
    verify_bank_details(session, brand_id=payee.brand_id, payee_id=payee.id, now=now)


def _keep_picture(files: Files, brand_id: int, picture: bytes) -> str:
    key = picture_key(brand_id, picture)
    for letter, webp in sized_webps(picture).items():
        files.put(f"{key}-{letter}.webp", webp)
    return key
