"""What goes on around the sales, beside story.py: groups, texts, tasks, training, customers, claims. Rows as in `HOUSE`."""

from __future__ import annotations

from demo.story import OPS, SHOP, House

TASK_DAYS = range(7, 15)
FRONT, RETURNS, FIRST_LESSON = "前开盖登机箱，三句话讲明白", "七天无理由怎么讲", "分销员第一课：怎么介绍自己"
POSTS = (
    ("FW1001", "静安会员群", {0: 18, 2: 22, 3: 26, 6: 31, 9: 28, 11: 24, 12: 35, 13: 19}),
    ("FW1001", "嘉里白领拼单群", {5: 6, 8: 9, 11: 12, 13: 8}),
    ("FW1001", "老同学旅行群", {1: 7, 3: 4}),
    ("FW1001", "开业快闪群", {0: 15, 1: 9, 2: 3}),
    ("FW1004", "湖滨亲子出行群", {1: 14, 4: 20, 8: 23, 12: 17}),
    ("FW1005", "德基健身群", {6: 5, 10: 9, 13: 6}),
    ("FW1024", "朝阳商旅群", {2: 16}),
)
"""Whose group it is, and on which day how many opened what she posted there."""
GROUPS = (
    House(0, "17:40", "enter_group", "FW1001", "静安会员群 431"),
    House(0, "17:42", "enter_group", "FW1001", "老同学旅行群 96"),
    House(0, "17:44", "enter_group", "FW1001", "开业快闪群 58"),
    House(1, "09:10", "enter_group", "FW1004", "湖滨亲子出行群 318"),
    House(2, "10:20", "enter_group", "FW1024", "朝阳商旅群 260"),
    House(5, "09:30", "enter_group", "FW1001", "嘉里白领拼单群 88"),
    House(6, "10:40", "enter_group", "FW1005", "德基健身群 74"),
    House(6, "11:00", "close_group", "FW1001", "开业快闪群"),
    House(12, "09:05", "count_group", "FW1001", "静安会员群 486"),
    House(12, "09:06", "count_group", "FW1001", "嘉里白领拼单群 132"),
    *(House(day, "23:44", "log_touches", "") for day in range(15)),
    *(House(day, "20:55", "post", guide, f"{name} {openings}") for guide, name, days in POSTS for day, openings in days.items()),
)
EQUIPPED = (
    House(0, "15:30", "schedule", OPS, "4"),
    House(0, "15:40", "forbid", OPS, "清仓甩卖 原单"),
    House(0, "16:45", "kit", OPS, "开业三日文案"),
    House(2, "09:40", "kit", OPS, "前开盖新品"),
    House(2, "09:45", "pin", OPS, "- FW-P20-OAT"),
    House(3, "14:00", "shelve", "FW1001", "FW-A20-OAT | 店里拉出去最多的一只"),
    House(3, "14:02", "shelve", "FW1001", "FW-BC18-NAV | 装得下 15.6 寸电脑"),
    House(3, "14:04", "shelve", "FW1001", "FW-NW-BLU | 红眼航班我自己用它"),
    House(4, "10:05", "shelve", "FW1004", "FW-K16-BLU | 孩子自己拉得动"),
    House(9, "09:05", "kit", OPS, "秋冬清仓"),
    House(9, "09:10", "pin", OPS, "EAST FW-E20-INK"),
    House(10, "09:20", "offer", OPS, "FW-A20-MIST"),
    House(3, "09:30", "offer", OPS, "OFF-OPEN-20"),
    House(3, "09:35", "instead", OPS, "OFF-OPEN-20 FW-A20-OAT"),
    House(10, "09:40", "instead", OPS, "OFF-A20-SHOW FW-A20-OAT"),
)
TASKS = (
    House(7, "09:10", "set_task", OPS, "发一条自己的链接"),
    House(11, "09:10", "set_task", OPS, "午间话术"),
    House(13, "09:10", "set_task", OPS, "回访三位老客"),
    House(13, "09:20", "set_task", SHOP, "橱窗换秋冬款"),
    *(House(day, clock, "work_tasks", "") for day in TASK_DAYS for clock in ("10:05", "12:35", "23:45")),
    *(House(day, "13:10", "most_do", "", "午间话术") for day in (11, 12, 13)),
    House(13, "16:20", "do_task", "FW1002", "回访三位老客 | 两位说周末来店，一位出差回来再约"),
    House(13, "17:05", "do_task", "FW1014", "回访三位老客 | 都在用，一位要给父母再买一只"),
    House(13, "18:30", "do_task", "FW1024", "回访三位老客 | 一位换了手机号，另外两位加了微信"),
    House(13, "19:10", "do_task", "FW1003", "橱窗换秋冬款 | 换好了，模特身上是卷口包"),
    House(14, "10:30", "do_task", "FW1006", "橱窗换秋冬款 | 右窗灯也修了"),
)
TRAINING = (
    House(3, "09:20", "teach", OPS, FRONT),
    House(6, "09:20", "teach", OPS, RETURNS),
    House(9, "09:40", "teach", OPS, FIRST_LESSON),
    House(3, "13:05", "learn", "FW1001", f"{FRONT} | 0 0 1"),
    House(3, "13:20", "learn", "FW1002", f"{FRONT} | 1 1 1"),
    House(3, "13:26", "learn", "FW1002", f"{FRONT} | 0 0 1"),
    House(3, "20:15", "learn", "FW1004", f"{FRONT} | 0 0 0"),
    House(4, "12:40", "learn", "FW1008", f"{FRONT} | 1 0 0"),
    House(4, "12:50", "learn", "FW1014", f"{FRONT} | 0 0 1"),
    House(5, "13:00", "learn", "FW1024", f"{FRONT} | 2 1 0"),
    House(6, "13:00", "learn", "FW1003", f"{RETURNS} | 1 1"),
    House(6, "13:30", "learn", "FW1005", f"{RETURNS} | 0 1"),
    House(7, "12:45", "learn", "FW1018", f"{RETURNS} | 1 1"),
    House(8, "13:00", "most_learn", "", FRONT),
    House(11, "13:00", "most_learn", "", RETURNS),
    House(10, "13:15", "learn", "FW1039", f"{FIRST_LESSON} | 0"),
)
CARED = (
    House(1, "15:00", "define_tags", OPS),
    House(4, "10:15", "note", "FW1001", "first visit | 给先生买的，喜欢软面，常飞广州"),
    House(4, "10:16", "set_tag", "FW1001", "first visit | 常出差"),
    House(7, "11:20", "note", "FW1001", "members 2 | 想要同款托运箱，等降价"),
    House(7, "11:21", "set_tag", "FW1001", "members 2 | 等降价"),
    House(7, "11:22", "birthday", "FW1001", "members 2 | 3"),
    House(10, "15:40", "birthday", "FW1004", "hubin 1 | 1"),
    House(11, "16:10", "note", "FW1004", "hubin 1 | 两个孩子，暑假还会带出门"),
    House(13, "21:10", "begin", "FW1001", "members 4 | FW-A24-OAT"),
    House(12, "17:00", "follow_up", "FW1001", "members 3 | arrival | 晨雾色发了图，说月底发工资看看"),
)
CLAIMED = (
    House(7, "09:30", "challenge", OPS, "秋冬清仓 8 单挑战 | 8 | 50 | 500 | 21 | 卖出 8 单就奖 50 元，先到先得，发完为止"),
    House(0, "16:50", "challenge", OPS, "开业三日 3 单挑战 | 3 | 30 | 240 | 3 | 开业三天卖出 3 单奖 30 元"),
    House(12, "18:10", "claim", "FW1006", "chosen | 这位顾客上周在店里是我接待的"),
    House(12, "19:00", "refuse_claim", OPS, "chosen | 顾客下单时自己填了周子衿的工号，以顾客所选为准"),
    House(14, "09:40", "claim", "FW1002", "chosen | 她一直在我的群里，链接也是我发的，工号是在收银台顺手填的"),
    House(11, "14:00", "look", "", "a colleague's phone"),
    House(12, "10:30", "appeal", "FW1037", "a colleague's phone | 谢长青给他妈妈买的三只保温杯，用自己的手机号收货，钱是他付的"),
    House(13, "14:00", "look", "", "a neighbour's phone"),
)
COMINGS = (
    House(5, "19:40", "hand_over", OPS, "FW1017 FW1014"),
    House(10, "11:00", "invite", OPS, "GZ01 10 30 affiliate"),
    House(12, "21:10", "join", OPS, "GZ01 罗一晴 13800002555"),
    House(13, "10:10", "welcome", OPS, "罗一晴"),
)
DAILY = (*GROUPS, *EQUIPPED, *TASKS, *TRAINING, *CARED, *CLAIMED, *COMINGS)
