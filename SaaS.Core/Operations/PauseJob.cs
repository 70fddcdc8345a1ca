using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Scheduling;

namespace SaaS.Core.Operations;

internal static class PauseJob
{
    internal static void Map(RouteGroupBuilder jobs)
    {
        jobs.MapPost("/{name}/pause", Handle).ProducesProblem(AdministeredJobs.NotFound);
        jobs.MapPost("/{name}/resume", HandleResume).WithName("resumeJob").ProducesProblem(AdministeredJobs.NotFound);
    }

    /// <summary>Lets a job's schedule rest, also over restarts, until it is resumed. A run that is under way goes on.</summary>
    internal static Task<Results<Ok<Done>, ProblemResult>> Handle(
        string name, IEnumerable<JobSchedule> schedules, JobControl control, CurrentUser currentUser, ControlDbContext db, CancellationToken ct) =>
        SteerAsync(name, schedules, () => control.PauseAsync(name, ct), AuditAction.JobPaused, "Job paused", currentUser, db, ct);

    /// <summary>Lets a job follow its schedule again. What fell due meanwhile is made up for by one run.</summary>
    internal static Task<Results<Ok<Done>, ProblemResult>> HandleResume(
        string name, IEnumerable<JobSchedule> schedules, JobControl control, CurrentUser currentUser, ControlDbContext db, CancellationToken ct) =>
        SteerAsync(name, schedules, () => control.ResumeAsync(name, ct), AuditAction.JobResumed, "Job resumed", currentUser, db, ct);

    private static async Task<Results<Ok<Done>, ProblemResult>> SteerAsync(
        string name, IEnumerable<JobSchedule> schedules, Func<Task> steer, PlatformAuditAction action, string message, CurrentUser currentUser, ControlDbContext db, CancellationToken ct)
    {
        if (schedules.Find(name) is null)
        {
            return AdministeredJobs.NotFound.ToHttp();
        }

        db.Audit.Record(tenantId: null, currentUser.Actor, action, NamedId.Of(name), AuditDetails.Of("job", name));
        await db.SaveChangesAsync(ct);
        await steer();
        return Done.Ok(message);
    }
}
