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
        jobs.MapPost("/{name}/pause", Handle).ProducesProblem(JobLookup.NotFound);
        jobs.MapPost("/{name}/resume", HandleResume).WithName("resumeJob").ProducesProblem(JobLookup.NotFound);
    }

    /// <summary>Pauses the schedule of a job until it is resumed, across restarts. A current run continues.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> Handle(
        string name,
        IEnumerable<JobSchedule> schedules,
        JobControl control,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        if (schedules.Find(name) is null)
        {
            return JobLookup.NotFound.ToHttp();
        }

        await RecordAsync(AuditAction.JobPaused, name, currentUser, db, ct);
        await control.PauseAsync(name, ct);
        return SuccessResponse.Ok("Job paused");
    }

    /// <summary>Resumes the schedule of a job. Missed runs are made up for by a single run.</summary>
    internal static async Task<Results<Ok<SuccessResponse>, ProblemResult>> HandleResume(
        string name,
        IEnumerable<JobSchedule> schedules,
        JobControl control,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        if (schedules.Find(name) is null)
        {
            return JobLookup.NotFound.ToHttp();
        }

        await RecordAsync(AuditAction.JobResumed, name, currentUser, db, ct);
        await control.ResumeAsync(name, ct);
        return SuccessResponse.Ok("Job resumed");
    }

    private static async Task RecordAsync(
        PlatformAuditAction action,
        string name,
        CurrentUser currentUser,
        ControlDbContext db,
        CancellationToken ct
    )
    {
        db.Audit.Record(tenantId: null, currentUser.Actor, action, NamedId.From(name), AuditDetails.Create("job", name));
        await db.SaveChangesAsync(ct);
    }
}
