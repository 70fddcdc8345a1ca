using Microsoft.Extensions.DependencyInjection;

namespace SaaS.AppHost.Containers;

/// <summary>What a person at the dashboard can have done: one-shots of the worker, started by a button.</summary>
internal static class DashboardCommands
{
    /// <summary>A one-shot that nobody starts but a person.</summary>
    public static IResourceBuilder<ProjectResource> OnDemand(this IResourceBuilder<ProjectResource> oneShot, IResourceBuilder<ProjectResource> after) =>
        oneShot.WaitForCompletion(after).WithExplicitStart();

    /// <summary>A button beside <paramref name="shown"/> that starts <paramref name="oneShot"/>; with a question it asks first.</summary>
    public static IResourceBuilder<ProjectResource> WithRunOf(
        this IResourceBuilder<ProjectResource> shown, IResourceBuilder<ProjectResource> oneShot, string name, string label, string description, string icon, string? question = null) =>
        shown.WithCommand(
            name,
            label,
            context => context.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(oneShot.Resource, KnownResourceCommands.StartCommand, context.CancellationToken),
            new CommandOptions { Description = description, IconName = icon, ConfirmationMessage = question });
}
