"""Findings about versions of policies that can't be read from git."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

NO_REVISION = define("KF0850", "no-such-version", Severity.ERROR, since="0.2")
NO_GIT = define("KF0851", "no-git", Severity.ERROR, since="0.2")
NOTHING_IN_REVISION = define("KF0852", "no-policies-in-version", Severity.ERROR, since="0.2")
OUTSIDE_OF_GIT = define("KF0853", "policies-outside-git", Severity.ERROR, since="0.2")
NO_SUCH_NAME = define("KF0854", "nothing-of-this-name", Severity.ERROR, since="0.2")


def no_revision(word: str, revision: str) -> Diagnostic:
    return NO_REVISION.at(
        DataPlace(word),
        Text(
            f"{revision} is neither a file or folder nor a version that git knows",
            f"{revision} 既不是文件或文件夹，也不是 git 中的版本",
        ),
        hint=Text(
            "write a path, or a version such as HEAD~1, main, v1:rules/",
            "请写路径，或 HEAD~1、main、v1:rules/ 这样的版本",
        ),
    )


def no_git(word: str) -> Diagnostic:
    return NO_GIT.at(
        DataPlace(word),
        Text(
            f"{word} is no file or folder here, and git, which may know it as a version, is not installed",
            f"这里没有文件或文件夹 {word}；也可能是 git 版本，但没有安装 git",
        ),
        hint=Text("check the path, or install git", "请检查路径，或安装 git"),
    )


def no_repository(word: str) -> Diagnostic:
    return NO_GIT.at(
        DataPlace(word),
        Text(
            f"{word} is no file or folder here, and this folder is not in a git repository",
            f"这里没有文件或文件夹 {word}，当前文件夹也不在 git 仓库中",
        ),
        hint=Text("check the path, or go to a repository", "请检查路径，或进入 git 仓库"),
    )


def nothing_in_revision(revision: str, places: Sequence[str]) -> Diagnostic:
    some = ", ".join(p or "." for p in places)
    return NOTHING_IN_REVISION.at(
        DataPlace(revision),
        Text(
            f"version {revision} has no policy file (*.kam) in {some}",
            f"版本 {revision} 的 {some} 中没有策略文件（*.kam）",
        ),
        hint=Text(
            f"name the folder that it had then: {revision}:FOLDER", f"请写明当时的文件夹：{revision}:文件夹"
        ),
    )


def outside_of_git(word: str, paths: Sequence[str]) -> Diagnostic:
    some = ", ".join(paths)
    return OUTSIDE_OF_GIT.at(
        DataPlace(word),
        Text(
            f"the policies to compare with ({some}) are not in this git repository",
            f"要比较的策略（{some}）不在当前 git 仓库中",
        ),
        hint=Text(f"name the folder within it: {word}:FOLDER", f"请写明仓库中的文件夹：{word}:文件夹"),
    )


def no_such_name(name: str, near: str | None) -> Diagnostic:
    return NO_SUCH_NAME.at(
        DataPlace(name),
        Text(
            f"neither version has an output, a fact or a record `{name}`",
            f"两个版本中都没有名为“{name}”的输出、定义或记录",
        ),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text("check the spelling", "请检查拼写"),
    )
