"""The data: Tortoise models, reads (`queries`), writes (`commands`), dialects and migrations.

This room knows neither GraphQL nor HTTP, and nothing of inference.
"""
