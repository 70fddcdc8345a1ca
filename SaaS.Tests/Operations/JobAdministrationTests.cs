using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Jobs;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations;

public sealed class JobAdministrationTests(SaaSApp app)
{
    // No other test waits for this job, and it runs once a day.
    private const string Job = "purge-job-runs";

    [Fact]
    public async Task An_operator_sees_each_job_with_its_schedule_and_its_last_run()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await Eventually.HoldsAsync(
            async () =>
                (await JobAsync(operator_, "repair-provisioning")).GetProperty("last_run") is { ValueKind: JsonValueKind.Object } run
                && run.GetProperty("outcome").GetString() == "succeeded",
            "the job that runs each second is not shown with a run"
        );
        using var answer = await operator_.Http.GetAsync("/api/admin/jobs");
        var jobs = (await answer.ReadDataAsync()).GetProperty("jobs").EnumerateArray().ToList();
        using var details = await operator_.Http.GetAsync("/api/admin/jobs/repair-provisioning");
        var shown = await details.ReadDataAsync();

        Assert.Equal(
            jobs.Select(job => job.GetProperty("name").GetString()).Order(StringComparer.Ordinal),
            jobs.Select(job => job.GetProperty("name").GetString())
        );
        Assert.All(jobs, job => Assert.False(string.IsNullOrEmpty(job.GetProperty("description").GetString())));
        Assert.InRange(shown.GetProperty("success_rate").GetDouble(), 0.01, 1);
        Assert.NotEqual(0, shown.GetProperty("latest_runs").GetArrayLength());
        Assert.Equal(32, shown.GetProperty("latest_runs")[0].GetProperty("trace_id").GetString()!.Length);
    }

    [Fact]
    public async Task An_operator_runs_a_job_and_is_recorded_in_the_history()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var old = await AddRunAsync(JobOutcome.Succeeded, TimeProvider.System.GetUtcNow().AddDays(-91));
        using var ordered = await operator_.Http.PostAsync($"/api/admin/jobs/{Job}/run", content: null);
        var runId = (await ordered.ReadDataAsync(HttpStatusCode.Accepted)).GetProperty("run_id").GetGuid();
        await Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await operator_.Http.GetAsync(ordered.Headers.Location);
                return answer.StatusCode is HttpStatusCode.OK
                    && (await answer.ReadDataAsync()).GetProperty("outcome").GetString() == "succeeded";
            },
            "the job does not run"
        );

        using var found = await operator_.Http.GetAsync($"/api/admin/jobs/runs?job={Job}&outcome=succeeded");
        var run = (await found.ReadDataAsync())
            .GetProperty("runs")
            .EnumerateArray()
            .Single(shown => shown.GetProperty("id").GetGuid() == runId);
        Assert.Equal($"user:{operator_.Id}", run.GetProperty("requested_by").GetString());
        Assert.Contains("runs forgotten", run.GetProperty("result").GetString(), StringComparison.Ordinal);
        Assert.False(await app.InControlAsync(db => db.JobRuns.AnyAsync(forgotten => forgotten.Id == old)));
        Assert.True(
            await app.InControlAsync(db =>
                db.AuditEntries.AnyAsync(entry =>
                    entry.SubjectId == runId && entry.Action == AuditAction.JobRunRequested.Name && entry.Actor == $"user:{operator_.Id}"
                )
            )
        );
    }

    [Fact]
    public async Task A_job_is_paused_and_resumed()
    {
        const string Rests = "collect-orphaned-objects";
        var operator_ = await TestUser.OperatorAsync(app);
        using var paused = await operator_.Http.PostAsync($"/api/admin/jobs/{Rests}/pause", content: null);
        Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
        Assert.True((await JobAsync(operator_, Rests)).GetProperty("is_paused").GetBoolean());

        using var resumed = await operator_.Http.PostAsync($"/api/admin/jobs/{Rests}/resume", content: null);
        Assert.Equal(HttpStatusCode.OK, resumed.StatusCode);
        var job = await JobAsync(operator_, Rests);
        Assert.False(job.GetProperty("is_paused").GetBoolean());
        Assert.NotNull(job.GetProperty("next_run_at").GetString());
    }

    [Fact]
    public async Task Requests_for_unknown_jobs_or_ended_runs_are_rejected()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var ended = await AddRunAsync(JobOutcome.Failed, TimeProvider.System.GetUtcNow());
        foreach (var path in new[] { "no-such-job/run", "no-such-job/pause", "no-such-job/resume", $"runs/{Guid.Empty}/cancel" })
        {
            using var refused = await operator_.Http.PostAsync($"/api/admin/jobs/{path}", content: null);
            Assert.Equal("NOT_FOUND", await refused.ReadProblemAsync(HttpStatusCode.NotFound));
        }

        foreach (var path in new[] { "no-such-job", $"runs/{Guid.Empty}" })
        {
            using var refused = await operator_.Http.GetAsync($"/api/admin/jobs/{path}");
            Assert.Equal("NOT_FOUND", await refused.ReadProblemAsync(HttpStatusCode.NotFound));
        }

        using var cancelled = await operator_.Http.PostAsync($"/api/admin/jobs/runs/{ended}/cancel", content: null);
        Assert.Equal("NOT_RUNNING", await cancelled.ReadProblemAsync(HttpStatusCode.Conflict));
        using var unknown = await operator_.Http.GetAsync("/api/admin/jobs/runs?outcome=splendid");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    private static async Task<JsonElement> JobAsync(TestUser operator_, string name)
    {
        using var answer = await operator_.Http.GetAsync($"/api/admin/jobs/{name}");
        return (await answer.ReadDataAsync()).GetProperty("job");
    }

    private async Task<Guid> AddRunAsync(JobOutcome outcome, DateTimeOffset startedAt)
    {
        var run = new JobRun
        {
            Id = Guid.CreateVersion7(startedAt),
            Job = Job,
            Host = "test",
            StartedAt = startedAt,
            EndedAt = startedAt,
            Outcome = outcome,
        };
        return await app.InControlAsync(async db =>
        {
            db.JobRuns.Add(run);
            await db.SaveChangesAsync();
            return run.Id;
        });
    }
}
