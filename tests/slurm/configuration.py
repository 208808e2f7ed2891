"""The configuration of the test cluster, and whose the one in /etc/slurm is."""

import contextlib
import re
import socket
import subprocess
from pathlib import Path

from processes import program

# Not elsewhere: the plugin's jobs clear every SLURM_* variable, SLURM_CONF among them.
ETC = Path("/etc/slurm")
FILES = ("slurm.conf", "gres.conf", "cgroup.conf")
MARKER = "# Of sametask's test cluster, removed when it ends:"
# What a node pretends to have: nothing is ever used to the full here.
NODES = {"cpu1": {"partition": "cpu", "gpus": 0}, "gpu1": {"partition": "gpu", "gpus": 2}}
NODE = "CPUs=4 RealMemory=64000"

SLURM_CONF = """\
ClusterName=sametask
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
# A munged of our own. A requeued job waits as long as a credential lives: 120 s unless said.
AuthInfo=socket={folder}/munge.socket,cred_expire=10

StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
MailProg=/bin/true

# No cgroups: none of this asks more of a container than /proc.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
# A job that takes more memory than it asked for is killed within seconds.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
# SIGKILL follows SIGTERM at the time limit; SLURM looks for such jobs every 30 s.
KillWait=2
OverTimeLimit=0

SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
# The machine need not have what the nodes pretend to have.
SlurmdParameters=config_overrides

# A dead node is noticed within seconds, its jobs wait for another, and it may come back.
SlurmdTimeout=5
# Two busy processors may take a while to answer.
MessageTimeout=15
JobRequeue=1
ReturnToService=2

# No database: what squeue and scontrol know of ended jobs is the record, so they keep it long.
AccountingStorageType=accounting_storage/none
MinJobAge=86400
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobcomp.txt

"""


def _alive(text):
    """Whether the controller of this configuration runs."""
    pid = re.search("^SlurmctldPidFile=(.*)", text, re.M)
    with contextlib.suppress(OSError, ValueError):
        return Path("/proc", str(int(Path(pid[1]).read_text()))).exists()
    return False


def taken():
    """A configuration in /etc/slurm that is not to be overwritten, or None.

    One of ours is left over if its cluster was ended by SIGKILL.
    """
    for name in FILES:
        path = ETC / name
        if not path.exists():
            continue
        text = path.read_text()
        if not text.startswith(MARKER) or (name == "slurm.conf" and _alive(text)):
            return path
    return None


def remove(folder):
    """Remove the configuration of the cluster in this folder, and no other."""
    for path in (ETC / name for name in FILES):
        if path.exists() and path.read_text().startswith(f"{MARKER} {folder}\n"):
            path.unlink()


def _free_ports(count):
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _node(name, host, port):
    gres = f" Gres=gpu:{NODES[name]['gpus']}" if NODES[name]["gpus"] else ""
    default = "YES" if name == "cpu1" else "NO"
    return (
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} {NODE}{gres}\n"
        f"PartitionName={NODES[name]['partition']} Nodes={name} Default={default} State=UP\n"
    )


def _cgroup():
    """From 23.02 on SLURM has to be told to leave cgroups alone, before it knows no such word."""
    version = subprocess.run([program("slurmd"), "-V"], text=True, capture_output=True).stdout
    year, month = re.search(r"(\d+)\.(\d+)", version).groups()
    return "CgroupPlugin=disabled\n" if (int(year), int(month)) >= (23, 2) else ""


def files(folder):
    """Name and content of every file of the configuration."""
    port, *ports = _free_ports(1 + len(NODES))
    host = socket.gethostname().partition(".")[0]
    slurm = SLURM_CONF.format(folder=folder, host=host, port=port)
    slurm += "".join(_node(name, host, own) for name, own in zip(NODES, ports, strict=True))
    # Links to /dev/null do as devices as long as no cgroup guards them; SLURM takes a GPU's number
    # from the name.
    gpus = f"[0-{NODES['gpu1']['gpus'] - 1}]"
    gres = f"AutoDetect=off\nNodeName=gpu1 Name=gpu File={folder}/nvidia{gpus}\n"
    texts = {"slurm.conf": slurm, "gres.conf": gres, "cgroup.conf": _cgroup()}
    return {name: f"{MARKER} {folder}\n{texts[name]}" for name in FILES}
