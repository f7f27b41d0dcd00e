"""Orders of the JD double: the shop's own, those of the channel, and those of the alliance. Standard library only."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

from .jd_double_goods import Goods, Refusal, Thing, now_ms

BEIJING = timezone(timedelta(hours=8))
CHANNEL_STATES = {"NOT_PAY": 1, "WAIT_SELLER_STOCK_OUT": 4, "WAIT_GOODS_RECEIVE_CONFIRM": 8, "FINISHED_L": 18, "TRADE_CANCELED": -100, "LOCKED": 21}


def shown(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, BEIJING).strftime("%Y-%m-%d %H:%M:%S") if ms else "0001-01-01 00:00:00"


def read(value: object) -> int:
    return int(datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING).timestamp() * 1000)


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


class Orders:
    """`late_cancel`: JD takes a cancellation and decides later; its answer is the same."""

    def __init__(self, goods: Goods, *, late_cancel: bool = False) -> None:
        self.goods, self.late_cancel = goods, late_cancel
        self.orders: dict[int, Thing] = {}
        self.by_channel: dict[str, int] = {}
        self.after_sales: dict[str, Thing] = {}
        self.rows: list[Thing] = []
        self.links: dict[str, Thing] = {}

    # ---- the shop's own
    def place(self, items: list[Thing], *, state: str = "WAIT_SELLER_STOCK_OUT", channel: str = "", freight: int = 0) -> Thing:
        at, order_id = now_ms(), 290_000_000_001 + len(self.orders)
        lines = []
        for item in items:
            sku, number = self.goods.skus[int(item["skuId"])], int(item.get("num", 1))
            sku["stock"] -= number
            lines.append({"skuId": sku["skuId"], "n": number, "price": sku["price"]})
        self.orders[order_id] = {"orderId": order_id, "state": state, "lines": lines, "total": sum(line["n"] * line["price"] for line in lines),
                                 "freight": freight, "created": at, "modified": at, "paid": 0 if state == "NOT_PAY" else at, "waybill": "", "channel": channel}
        return self.orders[order_id]

    def advance(self, order_id: int, to: str) -> Thing:
        order = self.orders[order_id]
        order.update(state={"finish": "FINISHED_L", "cancel": "TRADE_CANCELED", "lock": "LOCKED"}.get(to, to), modified=now_ms())
        return order

    def search(self, asked: Thing) -> Thing:
        if not asked.get("optional_fields"):
            raise Refusal("68")
        low, high = read(asked["start_date"]), read(asked["end_date"])
        if high - low > 31 * 86_400_000:
            raise Refusal("61", "end_date")
        moment = "created" if str(asked.get("dateType")) == "1" else "modified"
        states = str(asked.get("order_state")).split(",")
        rows = sorted((order for order in self.orders.values() if order["state"] in states and low <= order[moment] <= high), key=lambda order: (order[moment], order["orderId"]))
        number, size = int(asked["page"]), int(asked["page_size"])
        return {"searchorderinfo_result": {"apiResult": {"success": True}, "orderTotal": len(rows),
                                           "orderInfoList": [self.order_json(order) for order in rows[(number - 1) * size:number * size]]}}

    def get(self, asked: Thing) -> Thing:
        return {"orderDetailInfo": {"apiResult": {"success": True}, "orderInfo": self.order_json(self.goods.own(self.orders, asked["order_id"]))}}

    def order_json(self, order: Thing) -> Thing:
        return {"orderId": str(order["orderId"]), "orderState": order["state"], "orderPayment": yuan(order["total"] + order["freight"]), "freightPrice": yuan(order["freight"]),
                "sellerDiscount": "0.00", "orderStartTime": shown(order["created"]), "orderEndTime": shown(0), "paymentConfirmTime": shown(order["paid"]),
                "modified": shown(order["modified"]), "waybill": order["waybill"], "parentOrderId": "0",
                "consigneeInfo": {"fullname": "AASc2VjcmV0", "mobile": "AASc2VjcmV0", "fullAddress": "AASc2VjcmV0", "desen_mobile": "138****0000"},
                "itemInfoList": [{"skuId": str(line["skuId"]), "itemTotal": str(line["n"]), "jdPrice": yuan(line["price"])} for line in order["lines"]]}

    def ship(self, asked: Thing) -> Thing:
        order = self.goods.own(self.orders, asked["orderId"])
        if order["state"] != "WAIT_SELLER_STOCK_OUT":
            return {"sopjosshipment_result": {"success": False, "errorCode": "10400003", "chineseErrCode": "订单状态不是等待出库"}}
        if asked["logiCoprId"] != "1274" and not asked.get("logiNo"):
            return {"sopjosshipment_result": {"success": "false", "errorCode": "10400002", "chineseErrCode": "运单号不能为空"}}
        order.update(state="WAIT_GOODS_RECEIVE_CONFIRM", waybill=asked.get("logiNo", ""), logi=asked["logiCoprId"], modified=now_ms())
        return {"sopjosshipment_result": {"success": "true", "chineseErrCode": "SOP订单 订单出库成功"}}

    # ---- the channel
    def submit(self, asked: Thing) -> Thing:
        wanted = asked["param"]
        if wanted["channelOrderId"] in self.by_channel:
            return done({"orderId": self.by_channel[wanted["channelOrderId"]], "channelOrderId": wanted["channelOrderId"]})
        items = []
        for one in wanted["productList"]:
            main = one["mainSku"]
            sku = self.goods.skus.get(int(main["skuId"]))
            if sku is None or self.goods.wares[sku["wareId"]]["wareStatus"] != 8:
                return no("商品不可售")
            if round(float(main["skuPrice"]) * 100) != sku["price"]:
                return no("价格已变化")
            if sku["stock"] < int(main["quantity"]):
                return no("库存不足")
            items.append({"skuId": sku["skuId"], "num": main["quantity"]})
        order = self.place(items, state="NOT_PAY", channel=wanted["channelOrderId"], freight=round(float(wanted["freightFee"]) * 100))
        self.by_channel[wanted["channelOrderId"]] = order["orderId"]
        return done({"orderId": order["orderId"], "channelOrderId": wanted["channelOrderId"]})

    def query(self, asked: Thing) -> Thing:
        found = self.by_channel.get(asked["channelOrderId"])
        return done({"orderId": found}) if found else no("订单不存在")

    def known(self, asked: Thing) -> Thing | None:
        text = str(asked["orderId"])
        return self.orders.get(int(text)) if text.isascii() and text.isdecimal() else None

    def push(self, asked: Thing) -> Thing:
        order = self.known(asked)
        if order is None:
            return no("订单不存在")
        if order["state"] != "NOT_PAY":
            return no("订单已支付")
        order.update(state="WAIT_SELLER_STOCK_OUT", paid=now_ms(), modified=now_ms())
        return done(True)

    def detail(self, asked: Thing) -> Thing:
        order = self.known(asked)
        if order is None:
            return no("订单不存在")
        return done({"orderId": str(order["orderId"]),
                     "baseOrderInfo": {"orderStatus": str(CHANNEL_STATES[order["state"]]), "rootOrderId": str(order["orderId"]), "submitTime": shown(order["created"]), "payTime": shown(order["paid"])},
                     "orderRelationFee": {"shouldPaymentFee": yuan(order["total"] + order["freight"]), "freightFee": yuan(order["freight"])},
                     "skuList": [{"skuId": str(line["skuId"]), "quantity": str(line["n"]), "shouldPrice": yuan(line["price"])} for line in order["lines"]]})

    def cancel(self, asked: Thing) -> Thing:
        order = self.known(asked)
        if order is None:
            return no("订单不存在")
        if order["state"] not in ("NOT_PAY", "WAIT_SELLER_STOCK_OUT"):
            return done({"cancelStatus": 1})
        if self.late_cancel:
            return done({"cancelStatus": 3})
        self.advance(order["orderId"], "cancel")
        return done({"cancelStatus": 3})

    def logistics(self, asked: Thing) -> Thing:
        order = self.known(asked)
        if order is None:
            return no("订单不存在")
        return done([{"waybillCode": order["waybill"], "logisticsName": order["logi"], "operatorNodeList": [{"content": "商家已出库", "msgTime": order["modified"]}]}]
                    if order.get("logi") else [])

    def freight(self, asked: Thing) -> Thing:
        assert asked["protocol"]["channelId"]
        return done({"freightFee": "6.00" if float(asked["apiFreightFeeParam"]["orderFee"]) < 99 else 0})

    def area_stock(self, asked: Thing) -> Thing:
        assert asked["ctpProtocol"]["channelId"]
        rows = asked["stockStateParam"]["skuQuantityList"]
        return done([{"areaStockState": int(self.goods.skus[one["skuId"]]["stock"] >= one["quantity"]), "skuQuantity": one} for one in rows])

    def reasons(self, asked: Thing) -> Thing:
        assert asked["ctpProtocol"]["channelId"] and asked["applyReasonParam"]["afsType"] in (10, 20)
        if asked["applyReasonParam"]["orderId"] not in self.orders:
            return no("订单不存在")
        return done([{"applyReasonId": 1, "applyReasonName": "质量问题", "needUploadPic": True}, {"applyReasonId": 2, "applyReasonName": "不合适", "needUploadPic": False},
                     {"applyReasonId": 3, "applyReasonName": "其他", "needUploadPic": False}])

    def apply_after_sale(self, asked: Thing) -> Thing:
        """The application gets a number, and the case that comes of it another."""
        wanted = asked["afsApplyParam"]
        if self.orders[wanted["orderId"]]["state"] != "FINISHED_L":
            return no("订单未完成，不能申请售后")
        assert wanted["skuQuantity"]["quantity"] > 0 and wanted["pickWareType"] == 40 and wanted["channelAfsApplyId"]
        service = str(880_000_001 + len(self.after_sales))
        self.after_sales[service] = {"afsServiceId": int(service), "afsServiceState": 10001, "afsType": wanted["afsType"], "orderId": wanted["orderId"],
                                     "applyReasonName": wanted["applyReasonName"]}
        return done({"afsApplyId": int(service) + 10_000, "channelAfsApplyId": wanted["channelAfsApplyId"]})

    def after_sale(self, asked: Thing) -> Thing:
        found = self.after_sales.get(str(asked["afsServiceDetailParam"]["afsServiceId"]))
        return done(found) if found else no("服务单不存在")

    # ---- the alliance
    def pool(self, asked: Thing) -> Thing:
        wanted = asked["goodsReqDTO"]
        skus = [sku for sku in self.goods.skus.values() if not wanted.get("keyword") or wanted["keyword"] in self.goods.wares[sku["wareId"]]["title"]]
        number, size = int(wanted["pageIndex"]), int(wanted["pageSize"])
        return alliance([self.pool_json(sku) for sku in skus[(number - 1) * size:number * size]], totalCount=len(skus))

    def pool_json(self, sku: Thing) -> Thing:
        ware, price = self.goods.wares[sku["wareId"]], sku["price"] / 100
        return {"skuId": sku["skuId"], "skuName": ware["title"], "brandName": ware.get("brandName", ""), "shopInfo": {"shopName": self.goods.shop["shopName"]},
                "categoryInfo": {"cid1Name": "服装", "cid2Name": "外套", "cid3Name": ""}, "materialUrl": f"item.jd.com/{sku['skuId']}.html", "stockState": int(sku["stock"] > 0),
                "priceInfo": {"price": price, "lowestPrice": price, "lowestCouponPrice": price}, "commissionInfo": {"commissionShare": 7.5, "couponCommission": round(price * 0.075, 2)},
                "imageInfo": {"imageList": [{"url": f"https://img14.360buyimg.com/pop/{path}"} for path in ware["images"]]}}

    def promote(self, asked: Thing) -> Thing:
        wanted = asked["promotionCodeReq"]
        found = re.search(r"item\.jd\.com/(\d+)", str(wanted.get("materialId")))
        if found is None or int(found[1]) not in self.goods.skus:
            return alliance(None, code=2001701, message="推广物料url不合法")
        token = secrets.token_hex(8)
        self.links[token] = {"skuId": int(found[1]), "subUnionId": wanted.get("subUnionId", ""), "positionId": wanted.get("positionId", 0)}
        return alliance({"clickURL": f"https://union-click.jd.com/jdc?p={token}", "shortURL": f"https://u.jd.com/{token[:6]}"})

    def union_order(self, link: str, *, num: int = 1, at: int | None = None) -> Thing:
        told, at = self.links[link], at or now_ms()
        sku = self.goods.skus[told["skuId"]]
        row = {"id": str(10**17 + len(self.rows)), "orderId": 250_000_000_001 + len(self.rows), "skuId": sku["skuId"], "skuNum": num, "skuReturnNum": 0, "price": sku["price"] / 100,
               "commissionRate": 7.5, "finalRate": 100, "estimateCosPrice": sku["price"] * num / 100, "estimateFee": round(sku["price"] * num * 0.075) / 100, "actualCosPrice": 0,
               "actualFee": 0, "validCode": 15, "subUnionId": told["subUnionId"], "positionId": told["positionId"], "traceType": 2, "payMonth": 0,
               "orderTime": shown(at), "finishTime": "", "modifyTime": shown(at), "_at": at}
        self.rows.append(row)
        return row

    def union_advance(self, order_id: int, to: str, *, num: int = 0, at: int | None = None) -> None:
        for row in self.rows:
            if row["orderId"] != order_id:
                continue
            at = at or now_ms()
            if to == "paid":
                row["validCode"] = 16
            elif to == "finished":
                row.update(validCode=17, finishTime=shown(at), actualCosPrice=row["estimateCosPrice"], actualFee=row["estimateFee"], payMonth=20261220)
            elif to == "returned":
                left = row["estimateCosPrice"] * (row["skuNum"] - num) / row["skuNum"]
                row.update(skuReturnNum=num, actualCosPrice=left, actualFee=round(left * 7.5) / 100)
            elif to == "cancelled":
                row.update(validCode=3)
            else:
                row["validCode"] = int(to)
            row.update(_at=at, modifyTime=shown(at))

    def union_rows(self, asked: Thing) -> Thing:
        wanted = asked["orderReq"]
        low, high = read(wanted["startTime"]), read(wanted["endTime"])
        if high - low > 3_600_000 or int(wanted["pageSize"]) > 500:
            return alliance(None, code=400, message="startTime与endTime间隔不超过1小时")
        rows = sorted((row for row in self.rows if low <= row["_at"] // 1000 * 1000 <= high), key=lambda row: (row["_at"], row["id"]))
        number, size = int(wanted["pageIndex"]), int(wanted["pageSize"])
        part = [{name: value for name, value in row.items() if name != "_at"} for row in rows[(number - 1) * size:number * size]]
        return alliance(part, hasMore=len(rows) > number * size)


def done(data: Any) -> Thing:
    return {"result": {"success": True, "errCode": 200, "errMsg": "success", "data": data}}


def no(words: str) -> Thing:
    return {"result": {"success": False, "errCode": 1, "errMsg": words}}


def alliance(data: Any, *, code: int = 200, message: str = "success", **more: Any) -> Thing:
    """Marked, because its answer is JSON text inside JSON."""
    return {"alliance": {"code": code, "message": message, "requestId": "o_1", **({"data": data} if data is not None else {}), **more}}
