"""Customer (顾客): a shopper with a phone, known by a keyed digest of it; she signs in with a one-time code (验证码); a program
that signed her in holds a shopper token (顾客令牌).

A visitor login (访客合并) says whose an anonymous cookie was. A customer binding (锁客) ties her to the guide who won her,
with a validity and a protection period (保护期) (R9).
"""
