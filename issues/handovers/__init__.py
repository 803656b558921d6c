"""Responsibility on its way from one person to another: platforms with their open issues, single cases, whole desks."""
