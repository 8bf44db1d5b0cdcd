"""Start, watch, restart and end the worker, the service and the load driver."""

from gateway.supervise.driving import Driving
from gateway.supervise.programs import Programs
from gateway.supervise.session import Session, SessionOptions

__all__ = ["Driving", "Programs", "Session", "SessionOptions"]
