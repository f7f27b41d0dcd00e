"""Brand (品牌/租户): a tenant. Its slug, currency and time zone are known to everyone; its settings are its own.

A signpost (路牌) is what is looked up before the brand is known: a share code, an invite code, an API token,
a sign-in. It yields a brand_id and nothing else.
"""
