using Microsoft.EntityFrameworkCore;
using SaaS.Core.Jobs;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Jobs;

public sealed class JobTests(SaaSApp app)
{
    [Fact]
    public async Task A_job_runs_on_schedule_and_is_recorded_in_the_history()
    {
        await Eventually.HoldsAsync(
            () =>
                app.InControlAsync(db =>
                    db.JobRuns.AnyAsync(run =>
                        run.Job == "repair-provisioning" && run.Outcome == JobOutcome.Succeeded && run.EndedAt != null
                    )
                ),
            "the job has not run"
        );

        using var client = app.NewSchedulerClient();
        using var answer = await client.GetAsync("/health/jobs");
        var job = (await answer.ReadAsync(HttpStatusCode.OK)).GetProperty("repair-provisioning");
        Assert.Equal("* * * * * ?", job.GetProperty("cron").GetString());
    }
}
