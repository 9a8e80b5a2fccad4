"""The lab with which the engine's own tests work: any lab with a solution would do that drives code."""

LAB = "dynamodb_ecommerce"
