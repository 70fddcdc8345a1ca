using Microsoft.Extensions.Hosting;

namespace SaaS.AppHost.Lifecycle;

/// <summary>Ends the run where a start has failed for a reason that a person has to mend.</summary>
internal sealed class StartFailure(AppHostRun run, IHostApplicationLifetime lifetime)
{
    private int _reports;

    /// <summary>The run is ending because of a failure.</summary>
    public bool IsReported => _reports > 0;

    /// <summary>Prints the first reason and stops the application with exit code 1; what fails because of that is not told.</summary>
    public void Report(string reason)
    {
        if (Interlocked.Increment(ref _reports) == 1)
        {
            run.Fail(reason);
            lifetime.StopApplication();
        }
    }
}
