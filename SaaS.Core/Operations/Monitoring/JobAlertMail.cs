using SaaS.Core.Identity.Credentials.Mails;

namespace SaaS.Core.Operations.Monitoring;

/// <summary>Emails to operators about job alerts.</summary>
internal static class JobAlertMail
{
    private const string WhereToLook = "The jobs page, /jobs, shows every run with its trace id and lets you run the job now.";

    public static EmailTemplate CreateRaised(JobAlert alert) =>
        alert.Kind switch
        {
            JobAlertKind.Failing => new EmailTemplate(
                $"The job {alert.Job} fails",
                $"Its latest runs have failed since {EmailWording.FormatTime(alert.Since)}.",
                [
                    new Paragraph($"The latest runs of the job {alert.Job} failed."),
                    new KeyValueTable([.. DescribeDetails(alert)]),
                    new Paragraph(WhereToLook),
                    new Footnote("You will be notified again when a run succeeds."),
                ]
            ),
            JobAlertKind.Overdue => new EmailTemplate(
                $"The job {alert.Job} is overdue",
                $"It should have started at {EmailWording.FormatTime(alert.Since)}, but no scheduler has started it.",
                [
                    new Paragraph(
                        $"The job {alert.Job} should have started, but no scheduler has started it. Most likely no scheduler is running."
                    ),
                    new KeyValueTable([.. DescribeDetails(alert)]),
                    new Paragraph(WhereToLook),
                    new Footnote("You will be notified again when the job has started."),
                ]
            ),
        };

    public static EmailTemplate CreateEnded(JobAlert alert) =>
        new(
            alert.Kind is JobAlertKind.Failing ? $"The job {alert.Job} succeeds again" : $"The job {alert.Job} has begun",
            $"It was {(alert.Kind is JobAlertKind.Failing ? "failing" : "overdue")} since {EmailWording.FormatTime(alert.Since)}.",
            [
                new Paragraph(
                    alert.Kind is JobAlertKind.Failing
                        ? $"A run of the job {alert.Job} has succeeded."
                        : $"The job {alert.Job} has started."
                ),
                new KeyValueTable([
                    new KeyValue("Since", EmailWording.FormatTime(alert.Since)),
                    new KeyValue("Until", EmailWording.FormatTime(alert.EndedAt ?? alert.Since)),
                ]),
            ]
        );

    private static IEnumerable<KeyValue> DescribeDetails(JobAlert alert)
    {
        yield return new KeyValue("Since", EmailWording.FormatTime(alert.Since));
        if (EmailWording.ToOneLine(alert.Detail) is { } detail)
        {
            yield return new KeyValue("Last error", detail);
        }
    }
}
