"""Customer care (客户维护): what guides and headquarters note of a customer, and who serves her.

Tags (标签) are set by hand and expire, or follow from a rule and are always fresh; a segment (人群) is a saved choice of customers; a
follow-up (回访) is what a guide did about a reason to call. A hand-over (离职继承) moves customers to another guide (R21).
"""
