using System.Diagnostics;
using System.Globalization;

namespace SaaS.LocalServices;

/// <summary>Ends the child processes when this process is killed, crashes or loses its terminal.</summary>
/// <remarks>
/// A shell in its own session reads from a pipe; when the pipe closes, the shell ends the children that this process has not released.
/// The shell does not start the children, because shells drop environment variables with a hyphen in the name, such as
/// ConnectionStrings__saas-platform. A parent-death signal does not work: it follows the launching thread, not the process.
/// There is no guard on Windows.
/// </remarks>
internal static class ChildGuard
{
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP
        watched=
        while read -r verb pid gentle firm; do
          case $verb in
            watch) watched="$watched $pid:$gentle:$firm" ;;
            leave) kept=; for child in $watched; do [ "${child%%:*}" = "$pid" ] || kept="$kept $child"; done; watched=$kept ;;
          esac
        done
        for child in $watched; do rest=${child#*:}; kill -s "${rest%:*}" "${child%%:*}"; done
        tries=40
        while [ "$tries" -gt 0 ]; do
          alive=; for child in $watched; do kill -0 "${child%%:*}" && alive="$alive $child"; done; watched=$alive
          [ -z "$watched" ] && exit
          sleep 0.25
          tries=$((tries - 1))
        done
        for child in $watched; do kill -s "${child##*:}" "${child%%:*}"; done
        """;

    private static readonly Lock WriteLock = new();
    private static readonly Lazy<StreamWriter?> Shell = new(StartShell);

    /// <summary>Starts the guard; called before the first child starts.</summary>
    internal static void Start() => _ = Shell.Value;

    internal static void Watch(int pid, StopSignal signal) =>
        Send(
            signal switch
            {
                StopSignal.Interrupt => string.Create(CultureInfo.InvariantCulture, $"watch {pid} INT QUIT"),
                StopSignal.Terminate => string.Create(CultureInfo.InvariantCulture, $"watch {pid} TERM KILL"),
            }
        );

    internal static void Release(int pid) => Send(string.Create(CultureInfo.InvariantCulture, $"leave {pid}"));

    private static void Send(string line)
    {
        lock (WriteLock)
        {
            try
            {
                Shell.Value?.WriteLine(line);
            }
            catch (IOException)
            {
                // The guard was ended from outside; this is no reason to stop.
            }
        }
    }

    private static StreamWriter? StartShell()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var session = SearchPath.Find("setsid");
        var start = new ProcessStartInfo(session ?? "/bin/sh", session is null ? ["-c", Script] : ["/bin/sh", "-c", Script])
        {
            RedirectStandardInput = true,
        };
        var shell = Process.Start(start) ?? throw new LocalServiceException("/bin/sh cannot be started.");
        shell.StandardInput.AutoFlush = true;
        return shell.StandardInput;
    }
}
