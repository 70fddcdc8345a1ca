using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.LocalServices;

/// <summary>The user that PostgreSQL runs as: the current user, or an unprivileged user when started by root.</summary>
internal sealed record PostgresAccount
{
    private static readonly string[] Preferred = ["postgres", "nobody"];

    private readonly string[] _becoming;
    private readonly string _owner;

    private PostgresAccount(string user, string group, string setpriv)
    {
        _owner = $"{user}:{group}";
        _becoming = [setpriv, $"--reuid={user}", $"--regid={group}", "--clear-groups", "--no-new-privs"];
    }

    private PostgresAccount()
    {
        _owner = "";
        _becoming = [];
    }

    private bool IsCurrentUser => _becoming.Length == 0;

    internal static PostgresAccount Choose()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return new PostgresAccount();
        }

        // "postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash"
        var users = File.ReadLines("/etc/passwd")
            .Select(line => line.Split(':'))
            .Where(field => field.Length > 3)
            .ToLookup(field => field[0]);
        var user =
            Preferred.SelectMany(name => users[name]).FirstOrDefault()
            ?? throw new LocalServiceException(
                "PostgreSQL does not run as root: create a user named postgres, or start this as another user than root."
            );
        var setpriv =
            SearchPath.Find("setpriv")
            ?? throw new LocalServiceException(
                "PostgreSQL does not run as root: install setpriv (package util-linux), or start this as another user than root."
            );
        return new PostgresAccount(user[2], user[3], setpriv);
    }

    internal ChildCommand Command(string program, params string[] arguments) =>
        IsCurrentUser ? new ChildCommand(program, arguments) : new ChildCommand(_becoming[0], [.. _becoming[1..], program, .. arguments]);

    internal Task RunAsync(string program, string[] arguments, CancellationToken ct)
    {
        var command = Command(program, arguments);
        return ShortCommand.RunAsync(command.Executable, command.Arguments, command.WorkingDirectory, ct);
    }

    internal async Task ChangeOwnerAsync(string path, CancellationToken ct)
    {
        if (!IsCurrentUser && !await TestAsync("-O", path, ct))
        {
            await ShortCommand.RunAsync("chown", ["-R", _owner, path], "/", ct);
        }
    }

    /// <summary>Returns the folder, or another one when the account has no access, for example below root's home directory.</summary>
    /// <remarks>
    /// The other name depends on the password, so that a new data folder at the same path does not reuse an old database.
    /// </remarks>
    internal async Task<string> GetAccessibleFolderAsync(string dataDirectory, string password, CancellationToken ct)
    {
        var parent = Path.GetDirectoryName(dataDirectory) ?? "/";
        if (IsCurrentUser || await TestAsync("-x", parent, ct))
        {
            return dataDirectory;
        }

        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataDirectory + password)));
        var reachable = string.Create(CultureInfo.InvariantCulture, $"/var/lib/saas-{key[..16]}");
        return Path.Combine(PrivateFolder.CreatePassable(reachable), "postgres");
    }

    private async Task<bool> TestAsync(string condition, string path, CancellationToken ct)
    {
        var test = Command("test", condition, path);
        return await ShortCommand.TryAsync(test.Executable, test.Arguments, ct) is not null;
    }
}
