using SaaS.Core.Identity.Credentials.Mails;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>To operators, about a job.</summary>
internal static class JobAlertMail
{
    private const string WhereToLook = "The page of the jobs, /jobs, shows every run with its trace id, and lets you run the job now.";

    public static EmailTemplate Write(JobAlert alert) => alert.Kind switch
    {
        JobAlertKind.Failing => new EmailTemplate(
            $"The job {alert.Job} fails",
            $"Its latest runs did not end well, since {EmailWording.Moment(alert.Since)}.",
            [
                new Paragraph($"The latest runs of the job {alert.Job} did not end well."),
                new KeyValueTable([.. Known(alert)]),
                new Paragraph(WhereToLook),
                new Footnote("You will hear of it again when a run succeeds, and not before."),
            ]),
        JobAlertKind.Overdue => new EmailTemplate(
            $"The job {alert.Job} is overdue",
            $"It should have begun at {EmailWording.Moment(alert.Since)}, and no scheduler has begun it.",
            [
                new Paragraph($"The job {alert.Job} should have begun, and no scheduler has begun it: most likely none is running."),
                new KeyValueTable([.. Known(alert)]),
                new Paragraph(WhereToLook),
                new Footnote("You will hear of it again when the job has begun, and not before."),
            ]),
    };

    public static EmailTemplate WriteEnd(JobAlert alert) =>
        new(
            alert.Kind is JobAlertKind.Failing ? $"The job {alert.Job} succeeds again" : $"The job {alert.Job} has begun",
            $"It was {(alert.Kind is JobAlertKind.Failing ? "failing" : "overdue")} since {EmailWording.Moment(alert.Since)}.",
            [
                new Paragraph(alert.Kind is JobAlertKind.Failing ? $"A run of the job {alert.Job} has succeeded." : $"The job {alert.Job} has begun."),
                new KeyValueTable([new KeyValue("It was wrong since", EmailWording.Moment(alert.Since)), new KeyValue("Until", EmailWording.Moment(alert.EndedAt ?? alert.Since))]),
            ]);

    private static IEnumerable<KeyValue> Known(JobAlert alert)
    {
        yield return new KeyValue("Since", EmailWording.Moment(alert.Since));
        if (EmailWording.Quoted(alert.Detail) is { } detail)
        {
            yield return new KeyValue("The last run said", detail);
        }
    }
}
