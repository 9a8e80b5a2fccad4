"""Stores with one mistake each in how they place orders or change their status, in several designs."""

from __future__ import annotations

from dataclasses import dataclass

REFERENCE = "reference"
TRANSACT = "        self._transact(writes)\n\n    def _transact("
SEND = "self._table.meta.client.transact_write_items(TransactItems={})"
RESOURCE = 'session.resource("dynamodb")'
NO_RETRY = 'session.resource("dynamodb", config=Config(retries={"total_max_attempts": 1}))'
CONFIG = "from botocore.config import Config\nfrom boto3.dynamodb.conditions import "
CONDITIONS = "from boto3.dynamodb.conditions import "
ABSENT = '            "ConditionExpression": "attribute_not_exists(PK)",\n'
ENOUGH = '                "ConditionExpression": "quantity >= :taken",\n'
TAKE = '                "UpdateExpression": "SET quantity = quantity - :taken",\n'
TAKEN = '                "ExpressionAttributeValues": {":taken": quantity},\n'
STATUS = '            ConditionExpression=Attr("PK").exists(),\n'
GIVE_BACK = """
    def _give_back(self, customer_id, order_id):
        order = self.get_order(customer_id, order_id)
        for line in order["items"]:
            key = {key}
            self._table.update_item(
                Key=key,
                UpdateExpression="ADD {attribute} :more",
                ExpressionAttributeValues={{":more": line["quantity"]}},
            )

    def orders_for_customer("""
LISTED = "    def orders_for_customer("


@dataclass(frozen=True)
class WrongOrders:
    """A mistake: which student makes it, in which design, what replaces what in the design's store, and what the
    findings that fail say."""

    says: str
    changes: dict[str, str]
    findings: dict[str, str]
    design: str = REFERENCE


def instead(code: str) -> dict[str, str]:
    """What the reference's place_order does in place of its transaction."""
    return {TRANSACT: f"{code}\n    def _transact("}


WRONG = {
    "reads-then-writes": WrongOrders(
        "A student who calculates the new stock in Python, and checks it there.",
        {
            TAKE: '                "UpdateExpression": "SET quantity = :left",\n',
            ENOUGH: "",
            TAKEN: '                "ExpressionAttributeValues": {":left": self._left(product_id, quantity)},\n',
            LISTED: """    def _left(self, product_id, quantity):
        left = (self.inventory_level(product_id) or 0) - quantity
        if left < 0:
            raise ValueError("sold out")
        return left

    def orders_for_customer(""",
        },
        {"orders.at-once": "it accepts what it must refuse: "},
    ),
    "looks-at-everything-first": WrongOrders(
        "A student who reads the customer's orders and each product, and then trusts what was read.",
        {
            ENOUGH: "",
            LISTED: """    def _refuse(self, order, wanted):
        if self.get_order(order["customerId"], order["orderId"]) is not None:
            raise ValueError("this order exists")
        for product_id, quantity in wanted.items():
            self.get_product(product_id)
            if (self.inventory_level(product_id) or 0) < quantity:
                raise ValueError("sold out")

    def orders_for_customer(""",
            '        writes: list[Any] = [{"Put": put}]\n': '        self._refuse(order, wanted)\n        writes: list[Any] = [{"Put": put}]\n',
        },
        {"orders.at-once": "it accepts what it must refuse: "},
    ),
    "old-number-with-a-condition": WrongOrders(
        "A student whose condition is right, and who still writes a number that was read before.",
        {
            TAKE: '                "UpdateExpression": "SET quantity = :left",\n',
            TAKEN: """                "ExpressionAttributeValues": {
                    ":taken": quantity,
                    ":left": (self.inventory_level(product_id) or 0) - quantity,
                },
""",
        },
        {"orders.at-once": "inventory_level answers 2 instead of 1"},
    ),
    "compares-and-gives-up": WrongOrders(
        "A student who locks optimistically, and takes the first lost race for a refusal.",
        {
            ENOUGH: '                "ConditionExpression": "quantity >= :taken AND quantity = :seen",\n',
            TAKEN: """                "ExpressionAttributeValues": {
                    ":taken": quantity,
                    ":seen": self.inventory_level(product_id) or 0,
                },
""",
        },
        {"orders.at-once": "one of them fails, although it could succeed"},
    ),
    "writes-and-looks-back": WrongOrders(
        "A student who takes first, looks afterwards whether that was too much, and then takes it back.",
        {
            ENOUGH: "",
            **instead("""        self._transact(writes)
        if any((self.inventory_level(one) or 0) < 0 for one in wanted):
            back = [{"Delete": {"TableName": self._table.name, "Key": _order_key(order["customerId"], order["orderId"])}}]
            for write in writes[1:]:
                expression = {"UpdateExpression": "SET quantity = quantity + :taken"}
                back.append({"Update": {**write["Update"], **expression}})
            self._table.meta.client.transact_write_items(TransactItems=back)
            raise ValueError("sold out")
"""),
        },
        {"orders.at-once": "When 2 clients call place_order at once, inventory_level answers -1 meanwhile."},
    ),
    "two-transactions": WrongOrders(
        "A student who takes the stock in one transaction and writes the order in another.",
        instead("""        self._transact(writes[1:])
        self._transact(writes[:1])
"""),
        {
            "orders.placed": "already, but leaves changes behind",
            "orders.one-transaction": "place_order writes in 2 requests what belongs together: TransactWriteItems",
            "orders.at-once": "inventory_level answers",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "rollback-by-hand": WrongOrders(
        "A student who knows no transactions, and takes back what was written when a later write fails.",
        instead("""        done = []
        try:
            for write in writes[1:]:
                self._table.meta.client.update_item(**write["Update"])
                done.append(write["Update"])
            self._table.meta.client.put_item(**writes[0]["Put"])
        except Exception:
            for update in done:
                self._table.update_item(
                    Key=update["Key"],
                    UpdateExpression="SET quantity = quantity + :taken",
                    ExpressionAttributeValues=update["ExpressionAttributeValues"],
                )
            raise
"""),
        {
            "orders.one-transaction": "place_order writes in 2 requests what belongs together: UpdateItem, PutItem",
            "orders.at-once": "one of them fails, although it could succeed",
            "orders.conflicts": "place_order sends no transaction that could meet a conflict",
        },
    ),
    "no-condition-on-the-stock": WrongOrders(
        "A student who thinks that a number cannot go below zero by itself.",
        {ENOUGH: ""},
        {
            "orders.placed": "although it must refuse this call: ",
            "orders.at-once": "it accepts what it must refuse: ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "overwrites-an-order": WrongOrders(
        "A student who forgets that PutItem replaces what exists.",
        {ABSENT: ""},
        {
            "orders.placed": "already.",
            "orders.at-once": "it accepts what it must refuse: ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "condition-on-the-wrong-item": WrongOrders(
        "A student who checks that the stock exists, and not how much it is.",
        {
            '"ConditionExpression": "quantity >= :wanted"': '"ConditionExpression": "attribute_exists(pk)"',
            ', ":wanted": quantity}': "}",
        },
        {
            "orders.placed": "although it must refuse this call: ",
            "orders.at-once": "it accepts what it must refuse: ",
            "orders.sequences": "In a sequence of ",
        },
        "month_buckets",
    ),
    "more-than-enough": WrongOrders(
        "A student who writes > for >=, so that the last piece is never sold.",
        {"Quantity >= :n": "Quantity > :n"},
        {
            "orders.placed": "place_order refuses what it must accept: ",
            "orders.at-once": "one of them fails, although it could succeed",
            "orders.sequences": "In a sequence of ",
        },
        "header_and_lines",
    ),
    "condition-on-the-total": WrongOrders(
        "A student who compares each stock with the number of pieces in the whole order.",
        {
            '"stock >= :quantity"': '"stock >= :all"',
            '{":quantity": quantity}': '{":quantity": quantity, ":all": sum(line["quantity"] for line in order["items"])}',
        },
        {
            "orders.placed": "place_order refuses what it must accept: ",
            "orders.at-once": "one of them fails, although it could succeed",
            "orders.sequences": "In a sequence of ",
        },
        "stock_on_product",
    ),
    "last-line-wins": WrongOrders(
        "A student who keeps the lines in a dictionary, where the second line of a product replaces the first.",
        {'wanted[line["productId"]] += line["quantity"]': 'wanted[line["productId"]] = line["quantity"]'},
        {
            "orders.placed": "although it must refuse this call: ",
            "orders.sequences": "In a sequence of ",
        },
        "overloaded_index",
    ),
    "a-write-for-each-line": WrongOrders(
        "A student who sends an update for each line, which DynamoDB refuses if two are of one product.",
        {
            "for product_id, quantity in wanted.items():\n            update": 'for product_id, quantity in [(one["productId"], one["quantity"]) for one in order["items"]]:\n            update',
        },
        {
            "orders.placed": "place_order refuses what it must accept: ",
            "orders.sequences": "In a sequence of ",
        },
        "binary_keys",
    ),
    "only-the-first-line": WrongOrders(
        "A student who tried orders of one line alone.",
        {
            'for line in order["items"]:\n            wanted[line': 'for line in order["items"][:1]:\n            wanted[line'
        },
        {
            "orders.placed": "although it must refuse this call: ",
            "orders.at-once": "it accepts what it must refuse: ",
            "orders.sequences": "In a sequence of ",
        },
        "month_buckets",
    ),
    "stock-of-nothing": WrongOrders(
        "A student who lets a product without a stock be sold, as if it were made to order.",
        {
            ENOUGH: '                "ConditionExpression": "attribute_not_exists(quantity) OR quantity >= :taken",\n',
            TAKE: '                "UpdateExpression": "SET quantity = if_not_exists(quantity, :taken) - :taken",\n',
        },
        {"orders.placed": "has no stock"},
    ),
    "pending-orders-may-wait": WrongOrders(
        "A student who lets pending orders be taken for later delivery, below zero.",
        {
            '        writes: list[Any] = [{"Put": put}]\n': '        writes: list[Any] = [{"Put": put}]\n        least = -100 if order["status"] == "Pending" else 0\n',
            ENOUGH: '                "ConditionExpression": "quantity >= :least",\n',
            TAKEN: '                "ExpressionAttributeValues": {":taken": quantity, ":least": quantity + least},\n',
        },
        {
            "orders.placed": "although it must refuse this call: ",
            "orders.at-once": "it accepts what it must refuse: ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "gives-back-what-it-never-took": WrongOrders(
        "A student who adds the stock back after a transaction that did nothing.",
        instead("""        try:
            self._transact(writes)
        except Exception:
            for write in writes[1:]:
                self._table.update_item(
                    Key=write["Update"]["Key"],
                    UpdateExpression="SET quantity = quantity + :taken",
                    ConditionExpression="attribute_exists(quantity)",
                    ExpressionAttributeValues=write["Update"]["ExpressionAttributeValues"],
                )
            raise
"""),
        {
            "orders.placed": "but leaves changes behind: ",
            "orders.at-once": "inventory_level answers",
            "orders.conflicts": "but leaves ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "swallows-the-refusal": WrongOrders(
        "A student who catches every exception, so that the shop never shows an error.",
        instead("""        try:
            self._transact(writes)
        except Exception as error:
            print("could not place the order:", error)
"""),
        {
            "orders.placed": "although it must refuse this call: ",
            "orders.at-once": "it accepts what it must refuse: ",
            "orders.conflicts": "returns, although it must refuse this call: ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "batch-for-transaction": WrongOrders(
        "A student who takes a batch for a transaction.",
        {
            "        self._table.meta.client.transact_write_items(TransactItems=writes)\n": """        for write in writes[3:]:
            self._table.meta.client.update_item(**write["Update"])
        with self._table.batch_writer() as batch:
            for write in writes[:3]:
                batch.put_item(Item=write["Put"]["Item"])
"""
        },
        {
            "orders.placed": "but leaves changes behind: ",
            "orders.one-transaction": "writes in 2 requests what belongs together: UpdateItem, BatchWriteItem",
            "orders.at-once": "afterwards",
            "orders.conflicts": "place_order sends no transaction that could meet a conflict",
            "orders.sequences": "In a sequence of ",
        },
        "month_buckets",
    ),
    "lines-afterwards": WrongOrders(
        "A student who fears the limit of a transaction, and writes the lines afterwards in a batch.",
        {
            '            *({"Put": {"TableName": table, "Item": item}} for item in items),\n': '            {"Put": {"TableName": table, "Item": items[0]}},\n',
            "        self._table.meta.client.transact_write_items(TransactItems=actions)\n": """        self._table.meta.client.transact_write_items(TransactItems=actions)
        with self._table.batch_writer() as batch:
            for item in items[1:]:
                batch.put_item(Item=item)
""",
        },
        {
            "orders.one-transaction": "writes in 2 requests what belongs together: TransactWriteItems, BatchWriteItem",
        },
        "header_and_lines",
    ),
    "twenty-five-at-a-time": WrongOrders(
        "A student who read that a transaction holds 25 actions, as it once did.",
        {
            "        self._table.meta.client.transact_write_items(TransactItems=actions)\n": """        for start in range(0, len(actions), 25):
            self._table.meta.client.transact_write_items(TransactItems=actions[start : start + 25])
"""
        },
        {
            "orders.placed": "but leaves changes behind: ",
            "orders.one-transaction": "writes in 2 requests what belongs together: TransactWriteItems",
        },
        "keys_only_index",
    ),
    "lock-left-behind": WrongOrders(
        "A student who locks the products by an item, and does not unlock them when the transaction raises.",
        {
            "        self._table.meta.client.transact_write_items(TransactItems=actions)\n": """        locks = [{"HK": f"LOCK|{product_id}", "RK": "LOCK"} for product_id in sorted(wanted)]
        for attempt in range(50):
            try:
                self._table.put_item(Item=locks[0], ConditionExpression="attribute_not_exists(HK)")
                break
            except self._table.meta.client.exceptions.ConditionalCheckFailedException:
                continue
        self._table.meta.client.transact_write_items(TransactItems=actions)
        self._table.delete_item(Key=locks[0])
"""
        },
        {
            "orders.placed": "but leaves changes behind: the item HK LOCK|",
            "orders.one-transaction": "TransactWriteItems, DeleteItem",
            "orders.conflicts": "but leaves 1 item changed: HK LOCK|",
        },
        "header_and_lines",
    ),
    "token-alone": WrongOrders(
        "A student who trusts the token to notice a second order with the same id, which it does for ten minutes.",
        {
            ABSENT: "",
            "transact_write_items(TransactItems=writes)": 'transact_write_items(TransactItems=writes, ClientRequestToken=writes[0]["Put"]["Item"]["orderId"][:36])',
        },
        {"orders.placed": "already.", "orders.at-once": "already."},
    ),
    "checks-the-id-before": WrongOrders(
        "A student who looks whether the order exists, and then puts it without a condition.",
        {
            '            "ConditionExpression": "attribute_not_exists(#partition)",\n            "ExpressionAttributeNames": {"#partition": "partition"},\n': "",
            '        index = {"buyer": order["customerId"]': """        if self.get_order(order["customerId"], order["orderId"]) is not None:
            raise ValueError("this order exists")
        index = {"buyer": order["customerId"]""",
        },
        {"orders.at-once": "it accepts what it must refuse: "},
        "keys_only_index",
    ),
    "id-of-one-day": WrongOrders(
        "A student whose key holds the day before the id, so that the condition sees orders of that day alone.",
        {
            '            {"Put": new},\n': "",
            '*({"Put": {"TableName": table, "Item": item}} for item in items)': '*({"Put": {**new, "Item": item}} for item in items)',
        },
        {"orders.placed": "already."},
        "header_and_lines",
    ),
    "own-retry-with-a-new-token": WrongOrders(
        "A student who switches boto3's retry off and repeats the call, which then meets its own order.",
        {
            RESOURCE: NO_RETRY,
            CONDITIONS: CONFIG,
            **instead("""        for attempt in range(3):
            try:
                self._transact(writes)
                return
            except self._table.meta.client.exceptions.TransactionCanceledException:
                raise ValueError("sold out") from None
            except Exception:
                if attempt == 2:
                    raise
"""),
        },
        {"orders.conflicts": "tries again, and then reports as refused what it wrote itself"},
    ),
    "own-retry-that-doubles": WrongOrders(
        "A student who switches boto3's retry off and repeats a transaction whose conditions still hold.",
        {
            RESOURCE: NO_RETRY,
            CONDITIONS: CONFIG,
            '            "ConditionExpression": "attribute_not_exists(pk) AND attribute_not_exists(sk)",\n': '            "ConditionExpression": "attribute_not_exists(pk) OR #data = :data",\n            "ExpressionAttributeNames": {"#data": "data"},\n            "ExpressionAttributeValues": {":data": order},\n',
            "        self._table.meta.client.transact_write_items(TransactItems=actions)\n": """        for attempt in range(4):
            try:
                self._table.meta.client.transact_write_items(TransactItems=actions)
                return
            except self._table.meta.client.exceptions.TransactionCanceledException as error:
                if "ConditionalCheckFailed" in str(error) or attempt == 3:
                    raise
            except Exception:
                if attempt == 3:
                    raise
""",
        },
        {
            "orders.placed": "already.",
            "orders.at-once": "already.",
            "orders.conflicts": "When it meets a lost answer, place_order returns, and inventory_level answers 1 instead of 3",
        },
        "overloaded_index",
    ),
    "separate-after-conflicts": WrongOrders(
        "A student who loses patience after two conflicts, and writes one by one.",
        instead("""        client = self._table.meta.client
        for _ in range(2):
            try:
                client.transact_write_items(TransactItems=writes)
                return
            except client.exceptions.TransactionCanceledException as error:
                if "ConditionalCheckFailed" in str(error):
                    raise
        for write in writes[1:]:
            client.update_item(**write["Update"])
        client.put_item(**writes[0]["Put"])
"""),
        {"orders.one-transaction": "writes in 2 requests what belongs together: UpdateItem, PutItem"},
    ),
    "conflict-is-no-error": WrongOrders(
        "A student who returns False when the transaction meets another one.",
        {
            "        self._table.meta.client.transact_write_items(TransactItems=actions)\n": """        try:
            self._table.meta.client.transact_write_items(TransactItems=actions)
        except self._table.meta.client.exceptions.TransactionCanceledException as error:
            if "TransactionConflict" in str(error):
                return False
            raise
"""
        },
        {"orders.conflicts": "When it meets TransactionConflict, place_order returns, and get_order answers None"},
        "stock_on_product",
    ),
    "returns-after-the-last-attempt": WrongOrders(
        "A student whose loop of attempts ends without an exception.",
        {
            "        self._table.meta.client.transact_write_items(TransactItems=actions)\n": """        for _ in range(3):
            try:
                self._table.meta.client.transact_write_items(TransactItems=actions)
                return
            except self._table.meta.client.exceptions.TransactionCanceledException as error:
                if "ConditionalCheckFailed" in str(error):
                    raise
"""
        },
        {"orders.conflicts": "place_order returns, and get_order answers None"},
        "binary_keys",
    ),
    "status-of-nothing": WrongOrders(
        "A student who forgets that UpdateItem creates what does not exist.",
        {STATUS: ""},
        {
            "orders.status": "although it must refuse this call: ",
            "orders.sequences": "In a sequence of ",
        },
    ),
    "status-in-silence": WrongOrders(
        "A student who returns quietly if there is no such order.",
        {"            raise KeyError(order_id)\n": "            return\n"},
        {
            "orders.status": "although it must refuse this call: ",
            "orders.sequences": "In a sequence of ",
        },
        "month_buckets",
    ),
    "status-out-of-the-window": WrongOrders(
        "A student who puts the changed order back without the attributes of the index.",
        {
            '            UpdateExpression="SET #data.#status = :status",\n': '            UpdateExpression="SET #data.#status = :status REMOVE gsi1pk",\n',
        },
        {
            "orders.status": "orders_for_customer answers without the order ",
            "orders.sequences": "In a sequence of ",
        },
        "overloaded_index",
    ),
    "status-beside-the-order": WrongOrders(
        "A student who changes the status of the pointer, and not of the order.",
        {
            '            Key=_order_key(customer_id, pointer["day"], order_id),\n': '            Key={"pk": f"customer#{customer_id}", "sk": f"order#{order_id}"},\n'
        },
        {
            "orders.status": "After update_order_status, get_order answers at status: ",
            "orders.at-once": "get_order answers at status: ",
            "orders.sequences": "In a sequence of ",
        },
        "month_buckets",
    ),
    "status-loses-the-lines": WrongOrders(
        "A student who writes the status over the whole order.",
        {
            'UpdateExpression="SET #order.#status = :status"': 'UpdateExpression="SET #order = :order"',
            '            ExpressionAttributeNames={"#order": "order", "#status": "status"},\n            ExpressionAttributeValues={":status": status},\n': '            ExpressionAttributeNames={"#order": "order"},\n            ExpressionAttributeValues={":order": {"orderId": order_id, "customerId": customer_id, "status": status}},\n',
        },
        {
            "orders.status": "After update_order_status, get_order answers the attribute ",
            "orders.at-once": "get_order answers the attribute ",
            "orders.sequences": "In a sequence of ",
        },
        "keys_only_index",
    ),
    "gives-back-at-each-cancel": WrongOrders(
        "A student who gives the stock back whenever a status becomes Cancelled.",
        {
            STATUS: f"{STATUS}",
            '            ExpressionAttributeValues={":status": status},\n        )\n': '            ExpressionAttributeValues={":status": status},\n        )\n        if status == "Cancelled":\n            self._give_back(customer_id, order_id)\n',
            LISTED: GIVE_BACK.format(key='_product_key(line["productId"], "STOCK")', attribute="quantity"),
        },
        {
            "orders.status": "After update_order_status, inventory_level answers ",
            "orders.at-once": "inventory_level answers",
        },
    ),
    "gives-back-twice-at-once": WrongOrders(
        "A student who reads whether an order is cancelled already, and then gives its stock back.",
        {
            '            ExpressionAttributeValues={":status": status},\n        )\n': """            ExpressionAttributeValues={":status": status},
        )
        if status == "Cancelled" and before is not None and before["status"] != "Cancelled":
            self._give_back(customer_id, order_id)
""",
            "        self._table.update_item(\n            Key=_order_key(customer_id, order_id),\n": """        before = self.get_order(customer_id, order_id)
        self._table.update_item(
            Key=_order_key(customer_id, order_id),
""",
            LISTED: GIVE_BACK.format(key='_product_key(line["productId"], "INVENTORY")', attribute="available"),
        },
        {"orders.at-once": "When 2 clients call update_order_status at once, inventory_level answers 7 instead of 3"},
        "keys_only_index",
    ),
    "stored-again-without-stock": WrongOrders(
        "A student who keeps the stock in the product's item, and replaces that when the product is stored again.",
        {
            """        self._table.update_item(
            Key=_product_key(product["productId"]),
            UpdateExpression="SET details = :details",
            ExpressionAttributeValues={":details": details},
        )
""": '        self._table.put_item(Item={**_product_key(product["productId"]), "details": details})\n'
        },
        {"orders.sequences": "In a sequence of "},
        "stock_on_product",
    ),
    "not-yet-written": WrongOrders(
        "A student who has not come to orders yet.",
        instead("        raise NotImplementedError\n"),
        {
            "orders.placed": "place_order failed: NotImplementedError.",
            "orders.one-transaction": "place_order failed: NotImplementedError.",
            "orders.at-once": "place_order failed: NotImplementedError.",
            "orders.conflicts": "place_order failed: NotImplementedError.",
            "orders.status": "place_order failed: NotImplementedError.",
            "orders.sequences": "place_order must return here, and raises NotImplementedError.",
        },
    ),
    "no-stock-yet": WrongOrders(
        "A student who has written everything but set_inventory.",
        {"        stock: dict[str, Any] = {": "        raise NotImplementedError\n        stock: dict[str, Any] = {"},
        {
            "orders.placed": "set_inventory failed: NotImplementedError.",
            "orders.one-transaction": "place_order failed: ",
            "orders.at-once": "set_inventory failed: NotImplementedError.",
            "orders.conflicts": "set_inventory failed: NotImplementedError.",
            "orders.status": "set_inventory failed: NotImplementedError.",
            "orders.sequences": "set_inventory must return here, and raises NotImplementedError.",
        },
        "month_buckets",
    ),
    "ends-when-sold-out": WrongOrders(
        "A student whose script ended here with an error code, before it became a class.",
        instead("""        try:
            self._transact(writes)
        except Exception:
            import os

            os._exit(1)
"""),
        dict.fromkeys(
            ("orders.placed", "orders.one-transaction", "orders.at-once", "orders.conflicts", "orders.sequences"),
            "place_order failed: its process ended during the call, with exit code 1.",
        )
        | {"orders.status": "place_order failed: its process ended during the call, with exit code 1."},
    ),
    "status-renamed-in-one-place": WrongOrders(
        "A student who renames an attribute in the method that writes it, and not in the one that reads it.",
        {
            'UpdateExpression="SET #state = :state"': 'UpdateExpression="SET #status = :state REMOVE #state"',
            'ExpressionAttributeNames={"#state": "state"}': 'ExpressionAttributeNames={"#state": "state", "#status": "status"}',
        },
        {
            "orders.status": "get_order failed: KeyError: 'state'.",
            "orders.at-once": "get_order must return here, and raises KeyError: 'state'",
            "orders.sequences": "In a sequence of ",
        },
        "stock_on_product",
    ),
}
"""Mistakes by their names."""
