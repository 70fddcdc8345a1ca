using Microsoft.Extensions.DependencyInjection;

namespace SaaS.AppHost.Resources;

/// <summary>Commands of the dashboard that run a one-shot project to its end.</summary>
internal static class OneShotCommands
{
    private static readonly string[] Ended = [KnownResourceStates.Finished, KnownResourceStates.Exited, KnownResourceStates.FailedToStart];

    /// <summary>
    /// Adds a command to a resource that starts <paramref name="oneShot"/> and waits for its end; with a question it asks first.
    /// </summary>
    /// <param name="shownAt">The resource that has the command.</param>
    /// <param name="oneShot">A project that ends by itself.</param>
    /// <param name="label">The command's text.</param>
    /// <param name="description">What the command does.</param>
    /// <param name="icon">One of Fluent UI's icons.</param>
    /// <param name="question">Asked before; null asks nothing.</param>
    /// <param name="restart">Hosts that keep something of the old state in memory, and are restarted afterwards.</param>
    public static IResourceBuilder<ProjectResource> WithOneShotCommand(
        this IResourceBuilder<ProjectResource> shownAt,
        IResourceBuilder<ProjectResource> oneShot,
        string label,
        string description,
        string icon,
        string? question = null,
        params IResourceBuilder<ProjectResource>[] restart) => shownAt.WithCommand(
            oneShot.Resource.Name,
            label,
            async context =>
            {
                var commands = context.Services.GetRequiredService<ResourceCommandService>();
                var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
                var name = oneShot.Resource.Name;
                var before = notifications.TryGetCurrentState(name, out var last) ? last.Snapshot.StopTimeStamp : null;
                var started = await commands.ExecuteCommandAsync(
                    oneShot.Resource, KnownResourceCommands.StartCommand, context.CancellationToken);
                if (!started.Success)
                {
                    return started;
                }

                var end = await notifications.WaitForResourceAsync(
                    name,
                    change => Ended.Contains(change.Snapshot.State?.Text) && change.Snapshot.StopTimeStamp != before,
                    context.CancellationToken);
                if (end.Snapshot.ExitCode is not 0)
                {
                    return CommandResults.Failure($"{name} ended with exit code {end.Snapshot.ExitCode}: its console log says why.");
                }

                foreach (var host in restart)
                {
                    await commands.ExecuteCommandAsync(host.Resource, KnownResourceCommands.RestartCommand, context.CancellationToken);
                }

                return CommandResults.Success();
            },
            new CommandOptions { Description = description, IconName = icon, ConfirmationMessage = question });
}
