using Microsoft.Extensions.Hosting;

namespace SaaS.AppHost.Lifecycle;

/// <summary>Ends the run where a start has failed for a reason that a person has to mend.</summary>
internal sealed class StartFailure(AppHostRun run, IHostApplicationLifetime lifetime)
{
    /// <summary>Prints the reason and stops the application with exit code 1.</summary>
    public void Report(string reason)
    {
        run.Fail(reason);
        lifetime.StopApplication();
    }
}
