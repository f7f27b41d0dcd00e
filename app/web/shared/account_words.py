"""How a payee's account at the provider stands, and what the provider still wants, in plain words for guide and finance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l

from app.domain.provider.accounts import unconfirmed
from app.domain.provider.models import ProviderAccount

STATES: dict[str, tuple[Any, str]] = {
    "due": (_l("开户没有完成"), "warn"), "onboarding": (_l("等待填资料"), "warn"), "ready": (_l("可以收款"), "ok"), "restricted": (_l("暂停收款"), "bad"),
    "closed": (_l("已停用"), ""),
}
MEANS: dict[str, Any] = {
    "due": _l("Stripe 还没有回答开户请求。再点一次会接着办，不会重复开户。"),
    "onboarding": _l("在 Stripe 填完资料才能收款；在那之前照旧按其他方式打款。"),
    "ready": _l("打款直接到 Stripe 账户，再由 Stripe 转到绑定的银行卡。"),
    "restricted": _l("Stripe 暂停了这个账户。钱一直留着，恢复后下一批再付。"),
}
PROBLEMS: tuple[tuple[str, Any], ...] = (
    ("determining_status", _l("Stripe 正在确认，不用操作")), ("pending_verification", _l("资料已提交，Stripe 正在审核，不用操作")),
    ("resource_missing", _l("Stripe 上已经没有这个账户")), ("account_invalid", _l("Stripe 上已经没有这个账户")),
    ("rejected", _l("Stripe 拒绝了这个账户，请联系 Stripe")), ("unsupported_country", _l("所在国家或地区不支持")),
    ("unsupported", _l("这类业务或主体 Stripe 不支持")), ("restricted_other", _l("Stripe 限制了这个账户，请联系 Stripe")),
    ("past_due", _l("有资料没填，或者过了期限")), ("external_account", _l("收款的银行账户")), ("bank_account", _l("收款的银行账户")),
    ("tos_acceptance", _l("同意 Stripe 的服务条款")), ("terms_of_service", _l("同意 Stripe 的服务条款")), ("document", _l("身份证件照片")),
    ("id_number", _l("证件号码")), ("tax_id", _l("税号")), ("dob", _l("出生日期")), ("date_of_birth", _l("出生日期")), ("address", _l("地址")),
    ("phone", _l("电话")), ("email", _l("邮箱")), ("url", _l("网站或业务说明")), ("mcc", _l("所属行业")), ("product_description", _l("业务说明")),
    ("first_name", _l("姓名")), ("last_name", _l("姓名")), ("given_name", _l("姓名")), ("surname", _l("姓名")), ("registered_name", _l("公司名称")),
    ("company.name", _l("公司名称")), ("owners", _l("公司的实际控制人")), ("directors", _l("公司的董事")), ("representative", _l("公司代表人的资料")),
    ("business_type", _l("个人还是公司")), ("entity_type", _l("个人还是公司")),
)
"""The first that is part of the provider's code says it; a code none is part of reads as it is."""


def problem_words(problems: Iterable[Any]) -> list[str]:
    """Each once, in the provider's order. What sums the others up is left away where they are named."""
    said = list(dict.fromkeys(_problem(str(one)) for one in problems))
    general = _problem("requirements_past_due")
    return [one for one in said if one != general] or said


def _problem(code: str) -> str:
    return next((str(words) for part, words in PROBLEMS if part in code), code)


def country_name(code: str) -> str:
    locale = get_locale()
    return str(locale.territories.get(code, code)) if locale else code


def country_choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    return [(code, country_name(code)) for code in codes]


def account_facts(account: ProviderAccount) -> dict[str, Any]:
    """What pages show of an account."""
    waits = unconfirmed(account)
    text, tone = (gettext("等待核验"), "warn") if waits else STATES[account.state]
    means = gettext("由另一位同事核验后才会用来打款。") if waits else MEANS.get(account.state, "")
    return {"state": account.state, "text": text, "tone": tone, "means": means, "problems": problem_words(account.problems), "waits": waits,
            "linked_by": account.asked.get("linked_by", ""), "ref": account.provider_ref, "email": account.asked.get("email", ""),
            "country": country_name(account.asked.get("country", "")), "checked_at": account.checked_at}
