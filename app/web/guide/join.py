"""A guide opens an invite code on her phone, or types it in; says who she is, and waits for approval."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField

from app.domain.guides.inviting import require_inviter
from app.domain.guides.models import InviteCode
from app.domain.guides.queries import brand_of_invite, invite_code_by_text
from app.domain.guides.rules import normal_phone, require_usable
from app.domain.people.actors import Actor
from app.flows.join_by_code import join_by_code
from app.kernel.errors import NotFound, Refused
from app.kernel.texts import clean
from app.web.shared.application import act, global_session, now
from app.web.shared.asking import tell
from app.web.shared.forms import NewPassword
from app.web.shared.own_password import checked_password
from app.web.shared.serving import brand, brand_by_id, brand_id, db, serve_brand
from app.web.shared.signing_in import hash_password, sign_in
from app.web.shared.throttling import limit_forms

from .blueprint import guide


class JoinForm(NewPassword):
    name = StringField(_("姓名"), render_kw={"autocomplete": "name", "maxlength": 40})
    phone = StringField(_("手机号"), render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": 40})


@guide.get("/join")
def join_code() -> ResponseReturnValue:
    """For who was told her code: as it is spoken or written, with blanks and dashes, or the whole address pasted."""
    typed = clean(request.args.get("code", ""))[:200]
    code = "".join(letter for letter in typed.rstrip("/").rpartition("/")[2].lower() if letter.isalnum())[:40]
    if not code:
        return _ask(typed, gettext("请填写邀请码") if "code" in request.args else "")
    return redirect(url_for("guide.join", code=code), 303)


@guide.get("/join/<code>")
def join(code: str) -> ResponseReturnValue:
    try:
        invite = _invite(code)
    except NotFound:
        return _ask(clean(code)[:40], gettext("没有这个邀请码，请核对后再填。")), 404
    try:
        require_usable(revoked_at=invite.revoked_at, expires_at=invite.expires_at, used_count=invite.used_count,
                       max_uses=invite.max_uses, now=now())
        require_inviter(db(), invite=invite)
    except Refused as refused:
        return _closed(refused)
    return _page(invite, JoinForm())


@guide.post("/join/<code>")
@limit_forms
def join_post(code: str) -> ResponseReturnValue:
    invite, form = _invite(code), JoinForm()
    try:
        phone = normal_phone(form.phone.data)
        password = checked_password(form, login=phone)
        act(db(), Actor("guide", "", (form.name.data or "")[:80]))
        joined = join_by_code(db(), brand_id=brand_id(), code=invite.code, name=form.name.data or "", phone=phone,
                              password_hash=hash_password(password), now=now())
    except Refused as refused:
        db().rollback()
        if refused.field is None:
            return _closed(refused)
        tell(form, refused)
        return _page(_invite(code), form), 422
    assert joined.account is not None
    sign_in("guide", joined.account, now=now())
    flash(gettext("申请已提交"), "ok")
    return redirect(url_for("guide.waiting"), 303)


def _invite(code: str) -> InviteCode:
    """The code, in the brand it leads to; from here on the request serves that brand."""
    brand_id = brand_of_invite(global_session(), code=code.lower())
    if brand_id is None:
        raise NotFound("invite_code", code)
    found = brand_by_id(brand_id)
    if found.status != "approved":
        raise NotFound("brand", brand_id)
    return invite_code_by_text(serve_brand(found), brand_id=brand_id, code=code.lower())


def _ask(typed: str, problem: str) -> str:
    return render_template("guide/join_code.html", typed=typed, problem=problem)


def _closed(refused: Refused) -> ResponseReturnValue:
    return render_template("guide/join_closed.html", refused=refused, brand=brand()), 410


def _page(invite: InviteCode, form: JoinForm) -> str:
    return render_template("guide/join.html", form=form, store=invite.store, brand=brand())
