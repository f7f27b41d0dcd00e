"""What the audit log calls tables, fields and deeds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

KINDS = {
    "accounts": _("账号"), "api_tokens": _("接口令牌"), "brand_settings": _("品牌设置"), "brands": _("品牌"), "org_units": _("组织"),
    "guides": _("导购"), "invite_codes": _("邀请码"), "products": _("商品"), "variants": _("SKU"), "commission_rules": _("佣金规则"),
    "split_plans": _("分账方案"), "split_shares": _("分账份额"), "orders": _("订单"), "payees": _("收款方"), "coupons": _("优惠券"),
    "provider_accounts": _("收款方的 Stripe 账户"),
    "payout_runs": _("打款批次"), "settlement_runs": _("结算"), "flagship_sources": _("旗舰店"), "webhook_endpoints": _("Webhook"),
    "categories": _("类目"), "customers": _("客户"), "customer_bindings": _("锁客"), "customer_tags": _("客户标签"), "segments": _("人群"),
    "sync_runs": _("同步"), "share_links": _("分享链接"), "fulfilments": _("发货"), "refunds": _("退款"),
    "payments": _("付款"), "payouts": _("打款"), "after_sales": _("售后单"), "after_sale_lines": _("售后单商品"), "chargebacks": _("拒付"),
    "training_cards": _("培训卡"), "task_templates": _("任务"), "task_assignments": _("导购的任务"), "challenges": _("挑战赛"),
    "write_offs": _("欠款核销"), "attribution_disputes": _("归属申诉"), "sale_holds": _("订单核查"), "signal_settings": _("核查信号"),
    "flagship_days": _("旗舰店对账"), "flagship_day_lines": _("旗舰店对账"), "provider_days": _("支付平台对账"), "alliance_readings": _("联盟订单"),
}
ACTIONS = {"create": _("新增"), "update": _("修改"), "delete": _("删除"), "activation_link": _("生成激活链接"), "flagship_authorised": _("授权"),
           "reconciled": _("核对"), "onboarding": _("去 Stripe 填资料"), "unmask": _("看完整号码"), "export": _("导出")}
ACTORS = {"account": _("同事"), "guide": _("导购"), "token": _("接口"), "operator": _("平台"), "command": _("命令行"), "system": _("系统"),
          "guest": _("顾客")}
FIELDS = {
    "what": _("怎么做"), "schedule": _("哪些天"), "weekday": _("星期几"), "morning": _("早间"), "noon": _("午间"), "morning_script": _("早间话术"),
    "noon_script": _("午间话术"), "hours": _("多久内做完（小时）"), "from_day": _("从哪天起"), "to_day": _("到哪天为止"), "paused_at": _("暂停时间"),
    "ended_at": _("结束时间"), "created_by": _("谁建的"), "done_at": _("完成时间"), "done_by": _("怎么完成的"), "product_id": _("商品"),
    "activity_id": _("活动"), "task_id": _("任务"), "goal_kind": _("目标"), "goal": _("目标数"), "reward_minor": _("每人奖励（分）"),
    "budget_minor": _("预算上限（分）"), "rewarded_minor": _("已发奖励（分）"), "decided_at": _("决定时间"),
    "name": _("名称"), "title": _("标题"), "code": _("编码"), "kind": _("类型"), "status": _("状态"), "phone": _("手机号"), "login": _("登录账号"),
    "role": _("角色"), "epoch": _("登录版本"), "active": _("可登录"), "password_hash": _("密码"), "employee_no": _("工号"), "level": _("等级"),
    "store_id": _("门店"), "payee_id": _("收款方"), "account_id": _("账号"), "org_unit_id": _("组织"), "parent_id": _("上级"), "path": _("路径"),
    "invite_code_id": _("邀请码"), "referrer_id": _("推荐人"), "joined_at": _("加入时间"), "left_at": _("离职时间"), "max_uses": _("名额"),
    "used_count": _("已用"), "expires_at": _("有效期至"), "revoked_at": _("收回时间"), "party": _("收款方类别"), "tax_kind": _("发放方式"),
    "bank_hint": _("银行账户"), "bank_sealed": _("银行资料"), "province": _("省"), "city": _("市"), "district": _("区县"), "address": _("地址"),
    "platform_fee_bp": _("平台扣点（万分之）"), "guard_bp": _("品牌保底（万分之）"), "rate_bp": _("比例（万分之）"),
    "attribution_window_days": _("归因窗口（天）"), "after_sale_days": _("售后期（天）"), "payment_minutes": _("付款时限（分钟）"),
    "stock_ttl_hours": _("库存时效（小时）"), "substitute_id": _("替代款"), "sends_back": _("卖出后回传旗舰店"), "push_id": _("旗舰店推送"),
    "shipping_fee_minor": _("运费（分）"), "free_shipping_from_minor": _("满额包邮（分）"), "payout_minimum_minor": _("最低打款额（分）"),
    "answer": _("答复"), "decided_by": _("决定人"), "requested_by": _("申请人"), "return_carrier": _("退货快递"), "return_tracking_no": _("退货运单号"),
    "returned_at": _("收到退货"), "closed_at": _("结束时间"), "restocked": _("回库"), "provider_ref": _("银行编号"), "fee_minor": _("手续费（分）"),
    "answer_by": _("回复截止"), "amount_minor": _("金额（分）"), "price_minor": _("价格（分）"), "guides_invite": _("导购可以邀请同事"),
    "unlisted": _("不参加排行榜"), "two_levels": _("两级分佣"), "slogan": _("品牌口号"),
    "body": _("正文"), "audience": _("给谁"), "questions": _("题目"), "pass_mark": _("通过要答对"), "published_at": _("发布时间"), "picture_key": _("图片"),
    "color": _("品牌色"), "tint": _("浅底色"), "sand": _("暖底色"), "logo_key": _("标志"), "service_phone": _("客服电话"),
    "evidence": _("申诉理由"), "attribution_model": _("归因方式"), "self_purchase": _("导购自购"), "binding_days": _("锁客有效期（天）"),
    "binding_protection_days": _("锁客保护期（天）"), "binding_exclusive": _("锁客独占"), "owner_id": _("归属导购"),
    "customer_id": _("顾客"), "guide_id": _("导购"), "order_guide_id": _("申诉时归属"), "opened_at": _("提交时间"),
    "answered_at": _("答复时间"), "answered_by": _("答复人"), "share_link_id": _("分享链接"),
    "effective_from": _("生效时间"), "effective_to": _("失效时间"), "version": _("版本"),
    "number": _("编号"), "state": _("状态"), "reason": _("原因"), "source": _("来源"),
    "signals": _("看到了什么"), "appeal": _("导购的说明"), "appealed_at": _("申诉时间"), "signal": _("信号"), "mode": _("怎么看"), "most": _("平常最多"),
    "order_id": _("订单"), "payment_id": _("付款"), "carrier": _("快递公司"), "tracking_no": _("快递单号"), "paid_at": _("付款时间"),
    "asked_at": _("提交时间"), "reminded_at": _("提醒时间"), "problem": _("问题"), "attempt": _("第几次"), "provider_fee_party": _("渠道手续费谁付"),
    "provider": _("支付渠道"), "asked": _("开户时填的"), "problems": _("还缺什么"),
    "shipped_at": _("发货时间"), "delivered_at": _("签收时间"), "settled_at": _("到账时间"), "cancelled_at": _("取消时间"), "scopes": _("权限"),
    "digest": _("令牌摘要"), "description": _("描述"), "stock": _("库存"), "sku": _("SKU"), "scope": _("范围"), "note": _("备注"), "handled": _("已处理"),
}
"""A field that is missing here is shown by its own name."""
