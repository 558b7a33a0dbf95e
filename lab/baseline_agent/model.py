"""The model player: a chat model that acts by tool calls; where it fails, the rules play the episode to its end."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from lab.baseline_agent.client import Action, Json
from lab.baseline_agent.repair import Advice
from lab.baseline_agent.rules import advise
from lab.baseline_agent.tools import tools_for
from lab.told import evidence_of

# Of the API's own kind: rate limits, time-outs, broken connections.
_RETRIES, _TIMEOUT_SECONDS = 4, 120.0
# A model that answers in prose is asked once more for an action.
_ASKS = 2
_SYSTEM = (
    "You are the on-call engineer of a shop on Kubernetes. Look at the evidence before you act, look for the cause "
    "behind the services that are merely hurt, repair in a sensible order, verify, and submit. Every step costs: "
    "do not repeat a query, and do not touch what is healthy. Answer with exactly one tool call."
)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    base_url: str | None
    name: str
    key: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self | None:
        """None where no model is configured: a name and a key are needed, an address is not."""
        name, key = environ.get("MODEL_NAME"), environ.get("HF_TOKEN") or environ.get("OPENAI_API_KEY")
        return cls(environ.get("API_BASE_URL") or None, name, key) if name and key else None


class ModelFailed(Exception):
    pass


class Model:
    def __init__(self, settings: ModelSettings, schema: Json, client: Any = None) -> None:
        self.name, self.tokens = settings.name, 0
        self._schema, self._settings = schema, settings
        self._client = client if client is not None else _client(settings)
        self._messages: list[Json] = []
        self._failed = False

    def decide(self, observation: Json, history: list[Action]) -> Advice:
        if not history:
            self._open(observation)
        elif not self._failed:
            self._messages.append(self._result(observation, history[-1]))
        if not self._failed:
            try:
                return Advice(self._asked(observation), "the model chose it")
            except ModelFailed as failure:
                self._failed = True
                sys.stderr.write(f"The model failed ({failure}); the rules play on.\n")
        advice = advise(observation, history)
        return Advice(advice.action, f"{advice.why} (by rule, the model failed)")

    def _open(self, observation: Json) -> None:
        self._failed = False
        told = {key: value for key, value in observation.items() if key != "queried_data"}
        self._messages = [
            {"role": "system", "content": _SYSTEM},
            {"role": "user", "content": json.dumps(told, indent=1)},
        ]

    def _asked(self, observation: Json) -> Action:
        tools = tools_for(self._schema, observation)
        for _ in range(_ASKS):
            message = self._completion(tools)
            if message.tool_calls:
                return self._chosen(message)
            self._messages.append({"role": "assistant", "content": message.content or ""})
            self._messages.append({"role": "user", "content": "Answer with one tool call."})
        raise ModelFailed("it calls no tool")

    def _completion(self, tools: list[Json]) -> Any:
        from openai import OpenAIError

        try:
            answer = self._client.chat.completions.create(
                model=self._settings.name, messages=self._messages, tools=tools, temperature=0
            )
        except OpenAIError as error:
            raise ModelFailed(f"{type(error).__name__}: {error}"[:300]) from error
        if answer.usage is not None:
            self.tokens += answer.usage.total_tokens
        if not answer.choices:
            raise ModelFailed("it answers nothing")
        return answer.choices[0].message

    def _chosen(self, message: Any) -> Action:
        """The first call only: one action a step."""
        call = message.tool_calls[0]
        try:
            parameters = json.loads(call.function.arguments or "{}")
        except ValueError as error:
            raise ModelFailed("its arguments are no JSON") from error
        function = {"name": call.function.name, "arguments": call.function.arguments}
        said = {"id": call.id, "type": "function", "function": function}
        self._messages.append({"role": "assistant", "content": message.content or "", "tool_calls": [said]})
        return Action(call.function.name, parameters if isinstance(parameters, dict) else {})

    def _result(self, observation: Json, last: Action) -> Json:
        evidence = evidence_of(observation, last.action_type, [last.target])
        calls = [message for message in self._messages if message.get("tool_calls")]
        content = f"{observation['feedback']}\n{evidence}".strip()
        return {"role": "tool", "tool_call_id": calls[-1]["tool_calls"][0]["id"], "content": content}


def _client(settings: ModelSettings) -> Any:
    # Here and not above: the rules need no such package.
    from openai import OpenAI

    return OpenAI(base_url=settings.base_url, api_key=settings.key, max_retries=_RETRIES, timeout=_TIMEOUT_SECONDS)
