using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Jobs;
using SaaS.Core.Operations.Monitoring;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations.Monitoring;

/// <summary>Tests the alerts that operators receive for failing or overdue jobs.</summary>
public sealed class JobAlertTests(SaaSApp app)
{
    [Fact]
    public async Task Operators_are_mailed_once_when_a_job_keeps_failing_and_once_on_recovery()
    {
        const string Job = "purge-mailed-links"; // at night
        for (var run = 1; run <= 2; run++)
        {
            await AddRunAsync(Job, JobOutcome.Failed, "twice is no alert");
        }

        await AddRunAsync(Job, JobOutcome.Failed, "InvalidOperationException: <b>out of order</b>");
        var mail = await ReceivedMail.WaitForAsync(app, SaaSApp.OperatorsAddress, $"The job {Job} fails");
        Assert.Contains("<b>out of order</b>", mail.Text, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;out of order&lt;/b&gt;", mail.Html, StringComparison.Ordinal);

        await AddRunAsync(Job, JobOutcome.Failed, "and again");
        await AddRunAsync(Job, JobOutcome.Succeeded, "done");
        await ReceivedMail.WaitForAsync(app, SaaSApp.OperatorsAddress, $"The job {Job} succeeds again");
        Assert.Single(await ReceivedMail.AllToAsync(app, SaaSApp.OperatorsAddress), one => one.Subject == $"The job {Job} fails");
        var alert = await app.InControlAsync(db =>
            db.JobAlerts.AsNoTracking().SingleAsync(one => one.Job == Job && one.Kind == JobAlertKind.Failing)
        );
        Assert.NotNull(alert.EndedAt);
    }

    [Fact]
    public async Task A_missed_job_is_overdue_unless_it_is_paused()
    {
        const string Overdue = "purge-sessions"; // at night; this clock is two days ahead, and the scheduler's is not
        const string Paused = "purge-consumed-events";
        var operator_ = await TestUser.OperatorAsync(app);
        using var paused = await operator_.Http.PostAsync($"/api/admin/jobs/{Paused}/pause", content: null);
        await using (var scope = app.Services.CreateAsyncScope())
        {
            var open = await ActivatorUtilities
                .CreateInstance<JobAlerts>(scope.ServiceProvider, new ShiftedClock { Ahead = TimeSpan.FromDays(2) })
                .ReconcileAsync(TestContext.Current.CancellationToken);
            Assert.Contains(open, alert => alert is { Job: Overdue, Kind: JobAlertKind.Overdue });
            Assert.DoesNotContain(open, alert => alert.Job == Paused);
        }

        using var resumed = await operator_.Http.PostAsync($"/api/admin/jobs/{Paused}/resume", content: null);
        await ReceivedMail.WaitForAsync(app, SaaSApp.OperatorsAddress, $"The job {Overdue} is overdue");
        // Because the worker's clock is correct.
        await ReceivedMail.WaitForAsync(app, SaaSApp.OperatorsAddress, $"The job {Overdue} has begun");
    }

    [Fact]
    public async Task Concurrent_checks_create_one_alert()
    {
        const string Job = "erase-tenants"; // once an hour
        for (var run = 1; run <= 3; run++)
        {
            await AddRunAsync(Job, JobOutcome.CutOff, "The host ended");
        }

        await Task.WhenAll(
            Enumerable
                .Range(1, 8)
                .Select(async _ =>
                {
                    await using var scope = app.Services.CreateAsyncScope();
                    await ActivatorUtilities
                        .CreateInstance<JobAlerts>(scope.ServiceProvider)
                        .ReconcileAsync(TestContext.Current.CancellationToken);
                })
        );
        Assert.Equal(
            1,
            await app.InControlAsync(db => db.JobAlerts.CountAsync(alert => alert.Job == Job && alert.Kind == JobAlertKind.Failing))
        );
        await AddRunAsync(Job, JobOutcome.Succeeded, "done");
    }

    private Task<int> AddRunAsync(string job, JobOutcome outcome, string result)
    {
        var now = TimeProvider.System.GetUtcNow();
        return app.InControlAsync(db =>
        {
            db.JobRuns.Add(
                new JobRun
                {
                    Id = Guid.CreateVersion7(now),
                    Job = job,
                    Host = "test",
                    StartedAt = now,
                    EndedAt = now,
                    Outcome = outcome,
                    Result = result,
                }
            );
            return db.SaveChangesAsync();
        });
    }
}
