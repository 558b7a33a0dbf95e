"""scenarios."""

from lab.cli.output import AsJson, show_json, show_table


def scenarios(json: AsJson = False) -> None:
    """The nine incidents, without their answers."""
    from lab.scenarios import TASKS, get, ids_of_task

    rows = [
        {
            "id": name,
            "task": task.id,
            "difficulty": task.difficulty,
            "max_steps": task.max_steps,
            "title": get(name).brief.title,
            "known_services": list(get(name).brief.known_services),
        }
        for task in TASKS.values()
        for name in ids_of_task(task.id)
    ]
    if json:
        show_json(rows)
    else:
        columns = ("id", "task", "difficulty", "title")
        show_table(columns, [[str(row[column]) for column in columns] for row in rows])


COMMANDS = (scenarios,)
