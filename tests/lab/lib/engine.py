"""The containers of the lab, by the name of their service.

Only the engine's own command is used: containers are found by the labels that every version of
compose gives them, so that it does not matter which one started the lab."""

import json
import os
import subprocess
import time
from dataclasses import dataclass

PROJECT = os.environ.get("SHUNT_LAB_PROJECT", "shunt-lab")
ENGINE = os.environ.get("SHUNT_LAB_ENGINE", "docker")


@dataclass
class Done:
    """How a command ended."""
    status: int
    out: str
    err: str

    def __str__(self):
        return f"exit status {self.status}\n{self.out}{self.err}"


def until(condition, seconds=30, step=0.05):
    """What `condition` returns as soon as it is true, or None when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            return None
        time.sleep(step)


def run(*argv, stdin="", timeout=60):
    """A command on this machine."""
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, errors="replace",
                          timeout=timeout, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


class Engine:
    def __init__(self):
        self.ids = {}

    def docker(self, *words, stdin="", timeout=60, expect=0):
        done = run(ENGINE, *words, stdin=stdin, timeout=timeout)
        if expect is not None and done.status != expect:
            raise AssertionError(f"{ENGINE} {' '.join(words)}: {done}")
        return done

    def container(self, service):
        """The id of a service's container, running or not."""
        if service not in self.ids:
            ids = self.docker("ps", "-aq", "--no-trunc",
                              "--filter", f"label=com.docker.compose.project={PROJECT}",
                              "--filter", f"label=com.docker.compose.service={service}").out.split()
            if not ids:
                raise AssertionError(f"there is no container of {service}: ./dev lab up")
            self.ids[service] = ids[0]
        return self.ids[service]

    def exec(self, service, *argv, stdin="", user=None, timeout=60, expect=None):
        """A command in a container; `expect` is the exit status that it must end with, None any."""
        words = ["exec", "-i"] + (["-u", user] if user else [])
        done = run(ENGINE, *words, self.container(service), *argv, stdin=stdin, timeout=timeout)
        if expect is not None and done.status != expect:
            raise AssertionError(f"{service}: {' '.join(argv)}: {done}")
        return done

    def state(self, service):
        """Its State, as `docker inspect` shows it."""
        done = self.docker("inspect", "--format", "{{json .State}}", self.container(service))
        return json.loads(done.out)

    def healthy(self, service):
        state = self.state(service)
        return state["Running"] and state.get("Health", {}).get("Status", "healthy") == "healthy"

    def wait_healthy(self, *services, seconds=60):
        for service in services:
            if not until(lambda s=service: self.healthy(s), seconds, 0.2):
                raise AssertionError(f"{service} is not healthy: {self.state(service)}")

    def stop(self, *services, seconds=3):
        """Stops containers; those that go on after so many seconds are killed."""
        self.docker("stop", "-t", str(seconds), *map(self.container, services))

    def start(self, *services):
        """Starts containers, and waits until they are healthy."""
        self.docker("start", *map(self.container, services))
        self.wait_healthy(*services)

    def restart(self, *services, seconds=3):
        self.docker("restart", "-t", str(seconds), *map(self.container, services))
        self.wait_healthy(*services)

    def kill(self, *services, signal="KILL"):
        self.docker("kill", "-s", signal, *map(self.container, services))

    def logs(self, service, *words):
        """Standard output and error of a container so far."""
        done = self.docker("logs", *words, self.container(service))
        return done.out + done.err
