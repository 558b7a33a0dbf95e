"""The page at `/` where no richer one is installed or loaded yet: what this server is, and where to go from here."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from lab.server.sessions import Sessions
from lab.server.version import VERSION

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
{refresh}<title>Cloud Incident Lab</title>
<style>body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem }}</style>
<h1>Cloud Incident Lab</h1>
<p>Real incidents of a shop on Kubernetes, to be found, repaired and written up by agents and people, and graded.
This server answers from the <b>{world}</b> world (version {version}).</p>
{loading}<ul>
<li><a href="docs">The API, to read and to try</a></li>
<li><a href="tasks">The tasks and the actions</a></li>
<li><a href="openenv/docs">The same over the OpenEnv protocol</a></li>
</ul>
<p>An episode: <code>POST /reset</code>, then <code>POST /step</code> until <code>done</code>,
then <code>GET /grader</code>.</p>
</html>
"""


_REFRESH = '<meta http-equiv="refresh" content="2">\n'
_LOADING = '<p role="status">The page to play an incident by hand is being loaded and opens by itself.</p>\n'


def page(sessions: Sessions, loading: bool = False) -> str:
    more = {"refresh": _REFRESH, "loading": _LOADING} if loading else {"refresh": "", "loading": ""}
    return _PAGE.format(world=sessions.source.name, version=VERSION, **more)


def mount(app: FastAPI, sessions: Sessions) -> None:
    async def welcome() -> HTMLResponse:
        return HTMLResponse(page(sessions))

    app.add_api_route("/", welcome, methods=["GET"], include_in_schema=False)
