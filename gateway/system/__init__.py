"""What differs between systems: a module each, named for it. Linux is the one that is tested."""

import sys

if sys.platform == "linux":
    from gateway.system.linux import pin, stay_on, usable_cpus
else:
    from gateway.system.other import pin, stay_on, usable_cpus

__all__ = ["pin", "stay_on", "usable_cpus"]
