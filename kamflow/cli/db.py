"""`kamflow db upgrade|status`: the database of cases."""

from __future__ import annotations

import click

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import put
from kamflow.cli.frame import option, verb
from kamflow.cli.verb_group import VerbGroup


@verb(
    Text("Bring the database to the form that this version needs.", "把数据库升级到本版本所需的结构。"),
    Text(
        "Nothing that is in it changes. A PostgreSQL role for the program is named with --role.",
        "库中数据不变。PostgreSQL 中程序使用的角色用 --role 指定。",
    ),
    name="upgrade",
)
@option("--role", metavar="NAME", words=Text("Role that may read and append.", "只能读取和追加的角色。"))
@on.db
def upgrade(settings: Settings, role: str | None, db: str | None) -> int:
    from kamflow.journal.schema import upgrade as upgrade_database

    return _tell(settings, upgrade_database(db or settings.db, role))


@verb(Text("Say what form the database has.", "查看数据库结构版本。"), name="status")
@on.db
def status(settings: Settings, db: str | None) -> int:
    from kamflow.journal.schema import status as database_status

    return _tell(settings, database_status(db or settings.db))


def _tell(settings: Settings, found: object) -> int:
    from kamflow.base.diagnostic import Diagnostic
    from kamflow.journal.schema import Schema

    if isinstance(found, Diagnostic):
        on.refuse_with(settings, (found,))
        return exits.USAGE
    assert isinstance(found, Schema)
    if found.problem is not None:
        on.refuse_with(settings, (found.problem,))
        return exits.FINDINGS
    said = Text(
        f"{visible(found.place)}: form {found.found}, up to date",
        f"{visible(found.place)}：结构 {found.found}，已是最新",
    )
    put(said.in_(settings.lang) + "\n")
    return exits.FINE


command: click.Command = VerbGroup(
    "db",
    words=Text("Look after the database of cases.", "维护实例数据库。"),
    verbs=(on.when_installed(upgrade), on.when_installed(status)),
)
