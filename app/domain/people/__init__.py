"""Account (账号): someone who signs in to a brand's console or guide app; one role, scoped to an org unit and below.

An audit event (操作记录) says who changed what, before and after. An API token (接口令牌) is a program's sign-in.
"""
