"""What every call of /api/v1/ has in common: how bodies are read and written, lists paged, faults answered.

The settings name these classes (REST_FRAMEWORK), so that no app imports its roof.
"""
