"""Makes an Active Directory domain with an administrator, as `samba-tool domain provision` does.

Not by that command: it insists on a file system with POSIX access control lists, which containers often lack, for a
file share that is never served here.

Arguments: the configuration file, the file with the administrator's password, the IP address.
"""

import logging
import sys

from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.provision import provision
from samba.samdb import SamDB

configuration, password_file, address = sys.argv[1:]
with open(password_file, encoding="utf-8") as file:
    password = file.read()

parameters = LoadParm()
parameters.load(configuration)
result = provision(
    logging.getLogger(),
    system_session(),
    smbconf=configuration,
    lp=parameters,
    realm=parameters.get("realm"),
    domain=parameters.get("workgroup"),
    hostname="dc1",
    hostip=address,
    serverrole="active directory domain controller",
    dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
    adminpass=password,
    dns_backend="NONE",
    use_rfc2307=True,
    skip_sysvolacl=True,
    batch_mode=True,
)
# A password may be changed again at once: no test waits for a day.
SamDB(url=result.paths.samdb, session_info=system_session(), lp=parameters).set_minPwdAge("0")
