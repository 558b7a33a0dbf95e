import signal
import threading
from functools import partial

from prometheus_client import CollectorRegistry

from microservices.common import logs
from microservices.db_exporter.collector import MeasuredCollector
from microservices.db_exporter.postgres import Settings, meter, vacuum
from microservices.db_exporter.server import application, serve

settings = Settings()
logs.configure(settings)
registry = CollectorRegistry()
registry.register(MeasuredCollector(meter(settings)))

ended = threading.Event()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: ended.set())
server = serve(settings.host, settings.port, application(registry, partial(vacuum, settings)))
thread = threading.Thread(target=server.serve_forever, daemon=True)
thread.start()
ended.wait()
server.shutdown()
thread.join()
