"""What each problem type means, for the pages at /api/problems/<code> and the examples in the description."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

PROBLEMS: dict[str, tuple[int, Any]] = {
    "bad_request": (400, lazy_gettext("请求读不懂，多半是 JSON 写错了。")),
    "unreadable": (422, lazy_gettext("内容里有无法保存的字符或数值，例如空字符。")),
    "idempotency_key_missing": (400, lazy_gettext("这个请求必须带 Idempotency-Key 请求头：同一次下单的重试用同一个值。")),
    "unauthorized": (401, lazy_gettext("没有令牌，或令牌不认识、已吊销、所属品牌已停用。")),
    "code_wrong": (422, lazy_gettext("验证码不对或已经过期；输错五次就作废，请重新发送。")),
    "code_too_soon": (422, lazy_gettext("同一个手机号一分钟一次、一小时五次；请稍后再要验证码。")),
    "scope_missing": (403, lazy_gettext("令牌有效，但没有这个操作需要的权限范围；scope 里写着缺哪一个。")),
    "not_found": (404, lazy_gettext("没有这一条，或者它不属于这个品牌。")),
    "method_not_allowed": (405, lazy_gettext("这个地址不支持这个方法，Allow 里写着支持哪些。")),
    "idempotency_conflict": (409, lazy_gettext("同一个 Idempotency-Key 已用于另一个请求，请换一个新的值。")),
    "busy": (409, lazy_gettext("同一件事正在处理，请稍后用同一个 Idempotency-Key 重试。")),
    "out_of_stock": (409, lazy_gettext("库存不够了；data 里写着还剩多少。")),
    "stock_unconfirmed": (409, lazy_gettext("这件商品的库存太久没有从旗舰店读到，确认前不出售；同步后再下单。")),
    "product_gone": (409, lazy_gettext("商品已下架，不再出海报；它的链接照常有效，会带顾客去看替代款。")),
    "substitute_circle": (422, lazy_gettext("替代款又指回这一款，会绕成一圈。")),
    "price_changed": (409, lazy_gettext("价格在下单前变了，请让顾客看过新价格再提交。")),
    "coupon_unknown": (409, lazy_gettext("没有这个券码。")),
    "coupon_not_started": (409, lazy_gettext("券还没到可用的时间。")),
    "coupon_expired": (409, lazy_gettext("券已经过期。")),
    "coupon_used_up": (409, lazy_gettext("券的可用次数用完了。")),
    "coupon_minimum": (409, lazy_gettext("商品金额没有达到券的门槛；data.minimum 是门槛（最小货币单位）。")),
    "coupon_not_hers": (409, lazy_gettext("门店或导购出资的券，只能用在归她的订单上。")),
    "coupon_exceeds_share": (409, lazy_gettext("券由门店或导购出资，她在这一单的份额不够抵。")),
    "coupon_not_needed": (409, lazy_gettext("前面的券已经抵完了商品金额，这张没有用掉。")),
    "activity_overlap": (422, lazy_gettext("同一时间，一个 SKU 只能在一个活动里；errors 里逐个写着和哪个活动冲突。")),
    "activity_live": (409, lazy_gettext("活动已经开始，只能改名称和结束时间。")),
    "after_sale_open": (409, lazy_gettext("这一行已有售后单在处理。")),
    "after_sale_state": (409, lazy_gettext("售后单已经不在这一步了。")),
    "already_released": (409, lazy_gettext("佣金已经解冻，不能再改归属。")),
    "order_closed": (409, lazy_gettext("订单已经关闭，不能再改归属。")),
    "dispute_answered": (409, lazy_gettext("这条归属申诉已经处理过了。")),
    "chargeback_open": (409, lazy_gettext("这张订单有拒付在处理，等银行结果出来再做。")),
    "chargeback_lost": (409, lazy_gettext("银行已经从这张订单扣走了钱，不能再退款。")),
    "chargeback_followed": (409, lazy_gettext("这笔拒付的结果由支付渠道通知，不用登记。")),
    "chargeback_by_hand": (409, lazy_gettext("这笔拒付是手工登记的，证明请直接交给银行。")),
    "chargeback_too_late": (409, lazy_gettext("银行的截止时间已经过了，不能再提交证明。")),
    "evidence_handed_in": (409, lazy_gettext("证明已经提交给银行，不能再改。")),
    "chargeback_known": (409, lazy_gettext("同一笔付款的这个拒付编号已经登记过。")),
    "second_person": (422, lazy_gettext("申请和批准必须是两个人（或两个令牌）。")),
    "limit_reached": (409, lazy_gettext("超过了每人或每单的购买上限。")),
    "already_exists": (409, lazy_gettext("已经有相同的记录。")),
    "request_entity_too_large": (413, lazy_gettext("内容超过了这个操作允许的大小。")),
    "unsupported_media_type": (415, lazy_gettext("内容类型须是 application/json，或这个操作写明的文件类型。")),
    "invalid": (422, lazy_gettext("有字段不合要求；errors 里逐个写着字段和原因。")),
    "too_many_requests": (429, lazy_gettext("太频繁了；Retry-After 里写着过多少秒再试。")),
    "files_unreachable": (503, lazy_gettext("存放文件的地方没有回答，什么都没有写入；请稍后用同一个 Idempotency-Key 再试。")),
}
OTHER = lazy_gettext("业务规则不允许这样做；title 里是给人看的原因，code 是稳定的机器代码。")


def _example(status: int, code: str, title: str, **more: Any) -> dict[str, Any]:
    return {"type": f"/api/problems/{code}", "title": title, "status": status, "code": code, **more}


STATUS_WORDS: dict[int, tuple[str, dict[str, Any]]] = {
    400: ("The request cannot be read.", _example(400, "bad_request", "Bad Request", detail="JSON: unexpected end of data")),
    401: ("No valid token.", _example(401, "unauthorized", "A valid token is needed")),
    403: ("The token lacks the scope.", _example(403, "scope_missing", "This token lacks orders:write", scope="orders:write")),
    404: ("Not there, or another brand's.", _example(404, "not_found", "Not found")),
    405: ("The method is not supported here; see Allow.", _example(405, "method_not_allowed", "Method not allowed")),
    409: ("The world moved, or the key was used for another request.", _example(409, "out_of_stock", "Only 2 left", data={"left": 2})),
    413: ("The body is too large.", _example(413, "request_entity_too_large", "Too large")),
    415: ("The body's media type is not supported.", _example(415, "unsupported_media_type", "Unsupported Media Type")),
    422: ("A field or a rule says no.", _example(422, "invalid", "2 fields need correcting", errors=[
        {"field": "lines.0.quantity", "message": "must be between 1 and 9999", "code": "invalid"}])),
    429: ("Too many requests; see Retry-After.", _example(429, "too_many_requests", "Too many requests")),
}
