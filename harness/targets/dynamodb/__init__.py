"""DynamoDB's operations on items, as AWS validates and evaluates them, over tables in memory.

This package knows nothing of the rest of the project. `engine.Engine` answers GetItem, PutItem, UpdateItem, DeleteItem,
Query, Scan, the batches and the transactions. A request that AWS would refuse raises `refusals.Refused`.
"""
