"""The actions as MCP tools. A tool call is a step; beginning an episode stays with who runs the environment."""

import json
import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.tools import Tool, ToolResult
from pydantic import PrivateAttr
from starlette.concurrency import run_in_threadpool

from lab.actions import DESCRIPTIONS, action_schema
from lab.errors import LabError
from lab.server.docs import without_refs

Act = Callable[[str, dict[str, Any]], dict[str, Any]]


class ActionTool(Tool):
    _act: Act = PrivateAttr()

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        try:
            answer = await run_in_threadpool(self._act, self.name, arguments)
        except LabError as refusal:
            # An agent's mistake is no event of the server's: nobody fills its log by asking wrongly.
            raise ToolError(str(refusal), log_level=logging.DEBUG) from None
        return ToolResult(content=json.dumps(answer, indent=1), structured_content=answer)


def tool_server(act: Act) -> FastMCP:
    server: FastMCP = FastMCP("incident-lab")
    for name, description in DESCRIPTIONS.items():
        tool = ActionTool(name=name, description=description, parameters=parameters_schema(name))
        tool._act = act
        server.add_tool(tool)
    return server


@cache
def parameters_schema(action_type: str) -> dict[str, Any]:
    for form in without_refs(action_schema())["oneOf"]:
        kind = form["properties"]["action_type"]
        if action_type in kind.get("enum", [kind.get("const")]):
            parameters: dict[str, Any] = form["properties"]["parameters"]
            return parameters
    raise LookupError(action_type)
