using SaaS.Core.Identity.Credentials.Mails;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>To operators, about a job.</summary>
internal static class JobAlertMail
{
    private const string WhereToLook = "The page of the jobs, /jobs, shows every run with its trace id, and lets you run the job now.";

    public static Letter Write(JobAlert alert) => alert.Kind switch
    {
        JobAlertKind.Failing => new Letter(
            $"The job {alert.Job} fails",
            $"Its latest runs did not end well, since {Wording.Moment(alert.Since)}.",
            [
                new Words($"The latest runs of the job {alert.Job} did not end well."),
                new Facts([.. Known(alert)]),
                new Words(WhereToLook),
                new Aside("You will hear of it again when a run succeeds, and not before."),
            ]),
        JobAlertKind.Overdue => new Letter(
            $"The job {alert.Job} is overdue",
            $"It should have begun at {Wording.Moment(alert.Since)}, and no scheduler has begun it.",
            [
                new Words($"The job {alert.Job} should have begun, and no scheduler has begun it: most likely none is running."),
                new Facts([.. Known(alert)]),
                new Words(WhereToLook),
                new Aside("You will hear of it again when the job has begun, and not before."),
            ]),
    };

    public static Letter WriteEnd(JobAlert alert) =>
        new(
            alert.Kind is JobAlertKind.Failing ? $"The job {alert.Job} succeeds again" : $"The job {alert.Job} has begun",
            $"It was {(alert.Kind is JobAlertKind.Failing ? "failing" : "overdue")} since {Wording.Moment(alert.Since)}.",
            [
                new Words(alert.Kind is JobAlertKind.Failing ? $"A run of the job {alert.Job} has succeeded." : $"The job {alert.Job} has begun."),
                new Facts([new Fact("It was wrong since", Wording.Moment(alert.Since)), new Fact("Until", Wording.Moment(alert.EndedAt ?? alert.Since))]),
            ]);

    private static IEnumerable<Fact> Known(JobAlert alert)
    {
        yield return new Fact("Since", Wording.Moment(alert.Since));
        if (Wording.Quoted(alert.Detail) is { } detail)
        {
            yield return new Fact("The last run said", detail);
        }
    }
}
