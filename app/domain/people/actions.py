"""Accounts are opened, scoped, given a password, ended. Whatever takes a right away also ends the sessions (`epoch`)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import Signpost
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.texts import required

from .models import Account
from .rules import normal_email, require_role


def invite_account(session: Session, *, brand_id: int, login: str, name: str, role: str, org_unit_id: UUID | None = None,
                   unit_kind: str | None = None) -> Account:
    """Opens a console account without a password; she sets one by her activation link. Refuses a taken e-mail (Conflict)."""
    require_role(role, unit_kind)
    return open_account(session, brand_id=brand_id, login=normal_email(login), name=name, role=role, org_unit_id=org_unit_id)


def open_account(session: Session, *, brand_id: int, login: str, name: str, role: str, org_unit_id: UUID | None = None,
                 password_hash: str = "") -> Account:
    """The account and the signpost that leads its login to this brand."""
    if session.scalar(select(Account.id).where(Account.brand_id == brand_id, Account.login == login)):
        raise Conflict("login_taken", "%(login)s 已经有账号", field="login", login=login)
    account = Account(id=new_id(), brand_id=brand_id, login=login, name=required(name, field="name", most=80), role=role,
                      org_unit_id=org_unit_id, password_hash=password_hash, active=True, epoch=0)
    session.add(account)
    lead(session, brand_id=brand_id, login=login)
    session.flush()
    return account


def lead(session: Session, *, brand_id: int, login: str) -> None:
    """Puts up the signpost of a login, once."""
    if session.get(Signpost, ("login", login, brand_id)) is None:
        session.add(Signpost(kind="login", key=login, brand_id=brand_id))


def change_login(session: Session, *, account: Account, login: str) -> None:
    """The login changes and its signpost with it; whoever is signed in stays so."""
    old = session.get(Signpost, ("login", account.login, account.brand_id))
    if old is not None:
        session.delete(old)
    account.login = login
    lead(session, brand_id=account.brand_id, login=login)


def set_password(session: Session, *, account: Account, password_hash: str) -> None:
    """A new password ends every session and spends every activation link."""
    account.password_hash = password_hash
    account.epoch += 1
    session.flush()


def end_access(session: Session, *, account: Account) -> None:
    """The account may no longer sign in, and whoever is signed in is out at once (R35)."""
    account.active = False
    account.epoch += 1
    session.flush()


def restore_access(session: Session, *, account: Account) -> None:
    account.active = True
    account.epoch += 1
    session.flush()


def colleague(session: Session, *, brand_id: int, account_id: UUID) -> Account:
    """A console account; guides have their own pages."""
    account = session.scalar(select(Account).where(Account.brand_id == brand_id, Account.id == account_id, Account.role != "guide"))
    if account is None:
        raise NotFound("account", account_id)
    return account


def change_role(session: Session, *, brand_id: int, account_id: UUID, role: str, org_unit_id: UUID | None = None,
                unit_kind: str | None = None) -> Account:
    """Another role or scope, effective with the next click. The last owner stays owner."""
    require_role(role, unit_kind)
    account = colleague(session, brand_id=brand_id, account_id=account_id)
    if role != "owner":
        _keep_an_owner(session, account)
    account.role, account.org_unit_id = role, org_unit_id
    session.flush()
    return account


def end_colleague(session: Session, *, brand_id: int, account_id: UUID, own_id: UUID) -> Account:
    """Ends a colleague's access; not one's own, not the last owner's."""
    account = colleague(session, brand_id=brand_id, account_id=account_id)
    if account.id == own_id:
        raise Refused("account_own", "不能停用自己的账号")
    _keep_an_owner(session, account)
    end_access(session, account=account)
    return account


def _keep_an_owner(session: Session, account: Account) -> None:
    """Locks the owners, so that two of them cannot remove each other at the same moment."""
    if account.role != "owner" or not account.active:
        return
    owners = select(Account.id).where(Account.brand_id == account.brand_id, Account.role == "owner", Account.active).with_for_update()
    if len(session.scalars(owners).all()) < 2:
        raise Refused("last_owner", "品牌至少要保留一名负责人", field="role")
