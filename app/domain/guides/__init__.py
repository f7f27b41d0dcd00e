"""Sales guide (导购): a store employee (staff) or an invited outsider (affiliate 分销员) who shares and sells.

An invite code (邀请码) belongs to one store, has a quota and an expiry, and can be revoked. A leaver keeps what she
earned; her links degrade to her store (R21).
"""
