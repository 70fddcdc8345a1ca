using Microsoft.Extensions.Hosting;

namespace SaaS.AppHost.Lifecycle;

/// <summary>Ends the run when a start has failed for a reason that the user must fix.</summary>
internal sealed class StartFailure(AppHostRun run, IHostApplicationLifetime lifetime)
{
    private int _reports;

    /// <summary>True once a failure is ending the run.</summary>
    public bool IsReported => _reports > 0;

    /// <summary>Prints the first reason and stops the application with exit code 1; subsequent failures are not printed.</summary>
    public void Report(string reason)
    {
        if (Interlocked.Increment(ref _reports) == 1)
        {
            run.Fail(reason);
            lifetime.StopApplication();
        }
    }
}
