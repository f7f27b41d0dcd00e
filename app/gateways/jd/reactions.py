"""JD's error codes, and the reaction each of them asks for. The table is JD's own: 21 is a bad app_key here, a rate limit elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.catalog.ports import FlagshipUnreachable
from app.kernel.errors import msgid


class Reaction(StrEnum):
    """What the caller does: again soon; stop this method for minutes, or until tomorrow; renew the token and once more; tell
    the administrator what to set right; give up this item; give up."""

    RETRY = "retry"
    BACK_OFF_MINUTES = "back_off_minutes"
    NEXT_DAY = "next_day"
    REFRESH = "refresh_token"
    CONFIGURATION_ERROR = "configuration_error"
    ITEM_ERROR = "item_error"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`code` is ours and stable; `message` a msgid with %(jd_code)s, %(method)s and %(words)s (JD's own) to fill."""

    reaction: Reaction
    code: str
    message: str


class JdRefused(FlagshipUnreachable):
    """JD answered, and the answer is no. `retry_at`: not before then."""

    def __init__(self, meaning: Meaning, jd_code: str = "", *, retry_at: datetime | None = None, **data: object) -> None:
        told = {"retry_at": retry_at.isoformat()} if retry_at else {}
        super().__init__(meaning.code, meaning.message, jd_code=jd_code, **told, **data)
        self.reaction = meaning.reaction
        self.jd_code = jd_code
        self.retry_at = retry_at


class NoReply(FlagshipUnreachable):
    """What came back is no answer of the gateway: nothing, a page, half a text. The call may have had its effect.

    `after`: the seconds it asks us to wait.
    """

    after = 0.0

    def __init__(self, status: int, **data: object) -> None:
        super().__init__("jd_no_reply", msgid("京东开放平台没有给出可读的答复（HTTP %(status)d）"), status=status, unsure=True, **data)


UNAVAILABLE = Meaning(Reaction.RETRY, "jd_unavailable", msgid("京东开放平台暂时不可用（错误码 %(jd_code)s）"))
LIMITED = Meaning(Reaction.BACK_OFF_MINUTES, "jd_call_limited", msgid("接口 %(method)s 调用过于频繁，京东要求停一停，请 %(minutes)d 分钟后再试"))
SPENT = Meaning(Reaction.NEXT_DAY, "jd_quota_spent", msgid("接口 %(method)s 今天的调用次数已用完，明天再继续"))
VERSION = Meaning(Reaction.CONFIGURATION_ERROR, "jd_version", msgid("京东不接受接口 %(method)s 的版本号（错误码 %(jd_code)s）"))
SKEW = Meaning(Reaction.CONFIGURATION_ERROR, "jd_clock_skew",
               msgid("服务器的时钟与京东相差 %(apart)s，超过京东允许的 6 分钟，请校准服务器时间"))
SIGNATURE = Meaning(Reaction.CONFIGURATION_ERROR, "jd_signature", msgid("签名不对：请核对 app_secret 是否属于这个 app_key（错误码 %(jd_code)s）"))
METHOD = Meaning(Reaction.CONFIGURATION_ERROR, "jd_method_unknown", msgid("京东没有接口 %(method)s（错误码 %(jd_code)s）"))
TOKEN = Meaning(Reaction.REFRESH, "jd_token_ended", msgid("京东店铺的授权已失效（错误码 %(jd_code)s）"))
APP_KEY = Meaning(Reaction.CONFIGURATION_ERROR, "jd_app_key", msgid("京东不认识这个 app_key，请核对（错误码 %(jd_code)s）"))
MERCHANT = Meaning(Reaction.CONFIGURATION_ERROR, "jd_not_a_merchant", msgid("授权的账号不是商家主账号，请用店铺主账号授权"))
STOPPED = Meaning(Reaction.FAIL, "jd_method_stopped", msgid("京东已停用接口 %(method)s"))
RIGHTS = Meaning(Reaction.CONFIGURATION_ERROR, "jd_no_right",
                 msgid("应用没有接口 %(method)s 的权限，请在京东开放平台为它申请（错误码 %(jd_code)s：%(words)s）"))
PARAMETER = Meaning(Reaction.ITEM_ERROR, "jd_parameter", msgid("京东不接受参数（接口 %(method)s，错误码 %(jd_code)s：%(words)s）"))
NOT_OURS = Meaning(Reaction.ITEM_ERROR, "jd_not_of_this_shop", msgid("京东拒绝了这一条：不属于授权的店铺或正在出库（错误码 %(jd_code)s）"))
UNKNOWN = Meaning(Reaction.FAIL, "jd_refused", msgid("京东拒绝了接口 %(method)s 的调用（错误码 %(jd_code)s：%(words)s）"))

MEANINGS: dict[str, Meaning] = {
    **dict.fromkeys(("1", "43", "65", "66", "67", "69"), UNAVAILABLE),
    "2": LIMITED,
    **dict.fromkeys(("4", "5"), VERSION),
    **dict.fromkeys(("7", "8"), SKEW),
    **dict.fromkeys(("11", "12"), SIGNATURE),
    **dict.fromkeys(("14", "15"), METHOD),
    **dict.fromkeys(("18", "19"), TOKEN),
    **dict.fromkeys(("20", "21"), APP_KEY),
    "22": MERCHANT,
    "23": STOPPED,
    **dict.fromkeys(("24", "28", "79", "80", "88", "89", "92", "2001"), RIGHTS),
    **dict.fromkeys(("60", "61", "62", "63", "68"), PARAMETER),
    **dict.fromkeys(("64", "70", "71", "72"), NOT_OURS),
}
WHOLE_DAY = ("今日", "当日", "每日", "每天", "天内", "daily", "per day")
"""Words that tell a spent day from a burst: both come as code 2."""
TOLD_IN_WORDS = {"invalid access_token": "19", "token已过期": "19", "app call limited": "2", "invalid signature": "12", "invalid timestamp": "8"}
"""Some answers carry no code, only a sentence."""


def meaning_of(jd_code: str, words: str) -> Meaning:
    meaning = MEANINGS.get(jd_code, UNKNOWN)
    spent = meaning is LIMITED and any(word in words.lower() for word in WHOLE_DAY)
    return SPENT if spent else meaning


def code_in(words: str) -> str:
    """The code a sentence stands for, "" if it is none of those known."""
    return next((code for phrase, code in TOLD_IN_WORDS.items() if phrase in words.lower()), "")
