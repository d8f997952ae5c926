"""Findings of the store: what stands in the way of a commit, and what is wrong with a journal.

``place`` is the store as it may be shown: an address without its password.
"""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

_E, _W = Severity.ERROR, Severity.WARNING

BUSY = define("KF1300", "store-busy", _E, since="0.3")
READ_ONLY = define("KF1301", "store-read-only", _E, since="0.3")
DISK_FULL = define("KF1302", "store-disk-full", _E, since="0.3")
NOT_A_STORE = define("KF1303", "not-a-store", _E, since="0.3")
UNREACHABLE = define("KF1304", "store-unreachable", _E, since="0.3")
NEWER = define("KF1305", "store-newer", _E, since="0.3")
OLDER = define("KF1306", "store-older", _E, since="0.3")
NOT_SET_UP = define("KF1307", "store-not-set-up", _E, since="0.3")
BAD_URL = define("KF1308", "store-address", _E, since="0.3")
NOT_DURABLE = define("KF1309", "store-not-durable", _E, since="0.3")
EVENT_CONFLICT = define("KF1310", "event-conflict", _E, since="0.3")
VERSION_TAKEN = define("KF1311", "version-taken", _E, since="0.3")
FIRED_TWICE = define("KF1312", "timer-fired-before", _E, since="0.3")
DAMAGED = define("KF1313", "store-damaged", _E, since="0.3")
OTHER_RUN = define("KF1314", "run-of-other-input", _E, since="0.3")
ACCESS_REFUSED = define("KF1315", "store-access-refused", _E, since="0.3")
REFUSED = define("KF1316", "store-refused", _E, since="0.3")

_UNCHANGED = Text("nothing was changed", "没有做任何改动")


def busy(place: str, said: str) -> Diagnostic:
    return BUSY.at(
        DataPlace(place),
        Text(
            f"{place} is kept busy by others; it was tried again several times ({said})",
            f"{place} 一直被其他程序占用，已多次重试（{said}）",
        ),
        hint=Text(
            "send it again; if it stays so, look for a program that holds a transaction open",
            "请重新发送；如一直如此，请检查是否有程序长时间不结束事务",
        ),
        why=_UNCHANGED,
    )


def read_only(place: str, said: str) -> Diagnostic:
    return READ_ONLY.at(
        DataPlace(place),
        Text(f"{place} can be read but not written ({said})", f"{place} 只能读取，不能写入（{said}）"),
        hint=Text(
            "the file and its folder have to be writable; a standby server is not",
            "文件及其所在文件夹都必须可写；备用服务器不可写",
        ),
        why=_UNCHANGED,
    )


def disk_full(place: str, said: str) -> Diagnostic:
    return DISK_FULL.at(
        DataPlace(place),
        Text(f"there is no space left for {place} ({said})", f"{place} 所在磁盘空间不足（{said}）"),
        hint=Text("make room, then send it again", "请清出空间后重新发送"),
        why=_UNCHANGED,
    )


def not_a_store(place: str, said: str) -> Diagnostic:
    return NOT_A_STORE.at(
        DataPlace(place),
        Text(f"{place} is not a store of kamflow ({said})", f"{place} 不是 kamflow 的数据库（{said}）"),
        hint=Text(
            "check the path; a new file is made where there is none", "请检查路径；文件不存在时会自动新建"
        ),
        why=_UNCHANGED,
    )


def unreachable(place: str, said: str) -> Diagnostic:
    return UNREACHABLE.at(
        DataPlace(place),
        Text(f"{place} can't be reached ({said})", f"无法连接 {place}（{said}）"),
        hint=Text(
            "check the address, and that the server runs or the folder exists",
            "请检查地址，以及服务器是否运行、文件夹是否存在",
        ),
    )


def newer(place: str, found: str, known: str) -> Diagnostic:
    return NEWER.at(
        DataPlace(place),
        Text(
            f"{place} was written by a newer kamflow (schema {found}; this one knows up to {known})",
            f"{place} 由更新版本的 kamflow 写入（结构版本 {found}，当前程序最高支持 {known}）",
        ),
        hint=Text("install that version of kamflow, or a later one", "请安装该版本或更新的 kamflow"),
        why=Text(
            "columns that this version does not know would be lost", "当前版本不认识的内容会在写入时丢失"
        ),
    )


def older(place: str, found: str, wanted: str) -> Diagnostic:
    return OLDER.at(
        DataPlace(place),
        Text(
            f"{place} has schema {found}, and {wanted} is needed",
            f"{place} 的结构版本是 {found}，需要 {wanted}",
        ),
        hint=Text("run `kamflow db upgrade`", "请运行 kamflow db upgrade"),
    )


def not_set_up(place: str) -> Diagnostic:
    return NOT_SET_UP.at(
        DataPlace(place),
        Text(f"{place} has no tables of kamflow yet", f"{place} 中还没有 kamflow 的表"),
        hint=Text("run `kamflow db upgrade`", "请运行 kamflow db upgrade"),
    )


def bad_url(place: str) -> Diagnostic:
    return BAD_URL.at(
        DataPlace(place),
        Text(
            f"{place} is no address of a store: neither the path of a file nor sqlite:… nor postgresql:…",
            f"{place} 不是数据库地址：既不是文件路径，也不以 sqlite: 或 postgresql: 开头",
        ),
        hint=Text(
            "write journal.db, sqlite:///journal.db or postgresql://user@host/database",
            "请写 journal.db、sqlite:///journal.db 或 postgresql://用户@主机/数据库",
        ),
    )


def no_driver(place: str, extra: str) -> Diagnostic:
    return BAD_URL.at(
        DataPlace(place),
        Text(
            f"what opens {place} is not installed; pip install 'kamflow[{extra}]'",
            f"没有安装打开 {place} 所需的组件；请运行 pip install 'kamflow[{extra}]'",
        ),
    )


def not_durable(place: str, setting: str, found: str, wanted: str) -> Diagnostic:
    return NOT_DURABLE.at(
        DataPlace(place),
        Text(
            f"{place} does not keep what it was told: {setting} is {found}, not {wanted}",
            f"{place} 的设置没有生效：{setting} 是 {found}，应为 {wanted}",
        ),
        hint=Text(
            "put the file on a local disk; network folders and files in memory can't keep a journal",
            "请把文件放在本地磁盘；网络文件夹和内存文件不能保存日志",
        ),
        why=Text("what was confirmed could be lost when the power fails", "断电时，已确认的内容可能丢失"),
    )


def event_conflict(place: str, event_id: str, before: str, now: str) -> Diagnostic:
    same_case = before == now
    return EVENT_CONFLICT.at(
        DataPlace(place, f" {event_id}"),
        Text(
            f"event {event_id} came before with other content"
            if same_case
            else f"event {event_id} came before, for case {before}, and now for {now}",
            f"事件 {event_id} 以前来过，但内容不同"
            if same_case
            else f"事件 {event_id} 以前是发给 {before} 的，现在发给 {now}",
        ),
        hint=Text(
            "an event that is something new needs an id of its own; one that is sent again may not change",
            "新的事件要用新的编号；重发的事件内容不能改变",
        ),
        why=_UNCHANGED,
    )


def version_taken(workflow: str, version: int, before: str, now: str) -> Diagnostic:
    return VERSION_TAKEN.at(
        DataPlace(workflow),
        Text(
            f"version {version} of {workflow} is published already and differs"
            f" ({before[:12]} there, {now[:12]} here)",
            f"{workflow} 的第 {version} 版已发布，且内容不同（已发布 {before[:12]}，当前 {now[:12]}）",
        ),
        hint=Text(f"publish it as version {version + 1}", f"请作为第 {version + 1} 版发布"),
        why=Text(
            "running cases are bound to what was published", "进行中的实例以已发布的内容为准，不能事后改动"
        ),
    )


def fired_twice(place: str, instance: str, key: str) -> Diagnostic:
    return FIRED_TWICE.at(
        DataPlace(place, f" {instance}"),
        Text(
            f"timer {key} of {instance} has fired before, although its case says that it is still to come",
            f"{instance} 的定时器 {key} 已经触发过，但实例中仍显示未触发",
        ),
        hint=Text("run `kamflow flow replay --verify`", "请运行 kamflow flow replay --verify"),
        why=_UNCHANGED,
    )


def damaged(place: str, said: str) -> Diagnostic:
    return DAMAGED.at(
        DataPlace(place),
        Text(
            f"{place} can't be read or written as it should ({said})",
            f"{place} 读写出错，可能已损坏（{said}）",
        ),
        hint=Text(
            "check the disk; restore the last backup and compare with the last checkpoint",
            "请检查磁盘；恢复最近的备份，并与最近的检查点核对",
        ),
        why=_UNCHANGED,
    )


def other_run(run: str, what: str, before: str, now: str) -> Diagnostic:
    return OTHER_RUN.at(
        DataPlace(run),
        Text(
            f"run {run} was begun with another {what} ({before}, now {now})",
            f"批次 {run} 开始时的{_RUN_ZH.get(what, what)}不同（当时 {before}，现在 {now}）",
        ),
        hint=Text("go on with the same input, or start another run", "请用同样的输入继续，或另起一个批次"),
    )


_RUN_ZH = {"workflow": "流程", "day": "日期", "input": "输入"}


def access_refused(place: str, said: str) -> Diagnostic:
    return ACCESS_REFUSED.at(
        DataPlace(place),
        Text(f"{place} does not allow this ({said})", f"{place} 不允许此操作（{said}）"),
        hint=Text(
            "use a role with the rights that `kamflow db upgrade --role` gives",
            "请使用经 kamflow db upgrade --role 授权的角色",
        ),
        why=_UNCHANGED,
    )


def refused(place: str, said: str) -> Diagnostic:
    return REFUSED.at(
        DataPlace(place),
        Text(f"{place} refused this ({said})", f"{place} 拒绝了此操作（{said}）"),
        why=_UNCHANGED,
    )
