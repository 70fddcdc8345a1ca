using Microsoft.Extensions.DependencyInjection;

namespace SaaS.AppHost.Resources;

/// <summary>Dashboard commands that run a one-shot project to completion.</summary>
internal static class OneShotCommands
{
    /// <summary>
    /// Adds a command that starts <paramref name="oneShot"/> and waits for its completion, optionally after a confirmation.
    /// </summary>
    /// <param name="resource">The resource that shows the command.</param>
    /// <param name="oneShot">The project to run, which exits when it is done.</param>
    /// <param name="label">The display name of the command.</param>
    /// <param name="description">The description of the command.</param>
    /// <param name="icon">The name of a Fluent UI icon.</param>
    /// <param name="confirmation">The confirmation message; null for no confirmation.</param>
    /// <param name="stop">Hosts to stop while the project runs, because it replaces their data.</param>
    public static IResourceBuilder<ProjectResource> WithOneShotCommand(
        this IResourceBuilder<ProjectResource> resource,
        IResourceBuilder<ProjectResource> oneShot,
        string label,
        string description,
        string icon,
        string? confirmation = null,
        params IResourceBuilder<ProjectResource>[] stop
    ) =>
        resource.WithCommand(
            oneShot.Resource.Name,
            label,
            async context =>
            {
                var commands = context.Services.GetRequiredService<ResourceCommandService>();
                var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
                await ForEachAsync(commands, stop, KnownResourceCommands.StopCommand, context.CancellationToken);
                await Task.WhenAll(
                    stop.Select(host =>
                        notifications.WaitForResourceAsync(
                            host.Resource.Name,
                            KnownResourceStates.TerminalStates,
                            context.CancellationToken
                        )
                    )
                );
                try
                {
                    return await RunToCompletionAsync(commands, notifications, oneShot.Resource, context.CancellationToken);
                }
                finally
                {
                    await ForEachAsync(commands, stop, KnownResourceCommands.StartCommand, CancellationToken.None);
                }
            },
            new CommandOptions
            {
                Description = description,
                IconName = icon,
                ConfirmationMessage = confirmation,
            }
        );

    private static async Task<ExecuteCommandResult> RunToCompletionAsync(
        ResourceCommandService commands,
        ResourceNotificationService notifications,
        ProjectResource oneShot,
        CancellationToken ct
    )
    {
        var before = notifications.TryGetCurrentState(oneShot.Name, out var last) ? last.Snapshot.StopTimeStamp : null;
        var started = await commands.ExecuteCommandAsync(oneShot, KnownResourceCommands.StartCommand, ct);
        if (!started.Success)
        {
            return started;
        }

        var end = await notifications.WaitForResourceAsync(
            oneShot.Name,
            change => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text) && change.Snapshot.StopTimeStamp != before,
            ct
        );
        return end.Snapshot.ExitCode is 0
            ? CommandResults.Success()
            : CommandResults.Failure($"{oneShot.Name} ended with exit code {end.Snapshot.ExitCode}: see its console log.");
    }

    private static Task<ExecuteCommandResult[]> ForEachAsync(
        ResourceCommandService commands,
        IResourceBuilder<ProjectResource>[] hosts,
        string command,
        CancellationToken ct
    ) => Task.WhenAll(hosts.Select(host => commands.ExecuteCommandAsync(host.Resource, command, ct)));
}
