"""Playing an incident: in a terminal by hand, or by the baseline agent over the API that is served meanwhile.

What an action does, what it earns and how a report looks do not belong here.
"""
